import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Folder of the sources. */
export const SOURCES = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

/** Folder of the declarations that {@link declarations} makes: in memory, and away from the sources, which would come first. */
export const TYPES = join(dirname(SOURCES), 'types');

/** Changes a file on its way to the compiler. */
export type Edit = (path: string, text: string) => string;

export interface Compilation {
  /** What is compiled: files by path, which need not be on disk. */
  readonly files: Readonly<Record<string, string>>;
  readonly edit?: Edit;
  readonly options?: ts.CompilerOptions;
  /** Whether packages are found. Default true. */
  readonly packages?: boolean;
}

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
};

/** Files of the language and of packages: the same for all programs, and most of what there is to parse. */
const parsed = new Map<string, ts.SourceFile>();

/** A program of files in memory, beside those on disk. */
export function programOf({ files, edit, options, packages = true }: Compilation): ts.Program {
  const settings = { ...OPTIONS, ...options };
  const host = ts.createCompilerHost(settings);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  const isOurs = (path: string): boolean =>
    path in files || (edit !== undefined && path.startsWith(dirname(SOURCES)));
  const read = (path: string): string | undefined => {
    const text = files[path] ?? readFile(path);
    return text === undefined || edit === undefined ? text : edit(path, text);
  };
  host.readFile = read;
  host.fileExists = (path) => path in files || (fileExists(path) && (packages || !/node_modules/.test(path)));
  const onDisk = host.directoryExists?.bind(host);
  host.directoryExists = (path) =>
    onDisk?.(path) === true || Object.keys(files).some((file) => file.startsWith(`${path}/`));
  host.getSourceFile = (path, version, ...rest) => {
    if (!isOurs(path)) {
      const file = parsed.get(path) ?? getSourceFile(path, version, ...rest);
      if (file !== undefined) parsed.set(path, file);
      return file;
    }
    const text = read(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, version, true);
  };
  return ts.createProgram(Object.keys(files), settings, host);
}

/** What the compiler says of them. */
export function compile(compilation: Compilation): string[] {
  return ts
    .getPreEmitDiagnostics(programOf(compilation))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** The declarations of the SDK as they would be published, by path: from the sources, or from sources that were edited. */
export function declarations(edit?: Edit): Readonly<Record<string, string>> {
  const index = join(SOURCES, 'index.ts');
  const program = programOf({
    files: { [index]: readFileSync(index, 'utf8') },
    ...(edit && { edit }),
    options: { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: SOURCES, outDir: TYPES },
  });
  const written: Record<string, string> = {};
  program.emit(undefined, (path, text) => {
    written[path] = text;
  });
  return written;
}

/** An edit that has to find its text: a mutation of a file that is gone would prove nothing. */
export function mutation(file: string, from: string, to: string): Edit & { readonly isDone: () => boolean } {
  let isDone = false;
  const edit: Edit = (path, text) => {
    if (!path.endsWith(`/src/${file}`) || !text.includes(from)) return text;
    isDone = true;
    return text.replaceAll(from, to);
  };
  return Object.assign(edit, { isDone: () => isDone });
}
