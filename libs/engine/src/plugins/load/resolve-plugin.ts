import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolve as resolveModule } from 'import-meta-resolve';
import { isPlugin } from '@datavis/plugin-sdk';
import { messageOf, PluginError } from '../errors.js';
import { SETUP_DEADLINE_MS, SLOW_NOTICE_MS, waitFor } from '../patience.js';
import { typescriptHint } from './config-file.js';
import { checkManifest } from './manifest.js';

/** Relative and absolute paths are files or folders; anything else is the name of an installed package. */
export function isPath(specifier: string): boolean {
  return /^(?:\.{0,2}[\\/]|[A-Za-z]:[\\/]|file:)/.test(specifier) || specifier === '.';
}

function notFound(specifier: string, from: string, cause?: unknown): PluginError {
  const hint = isPath(specifier)
    ? 'Paths are relative to the config file (for --plugin: to the current folder).'
    : `Install it beside the config: npm install ${specifier}`;
  return new PluginError('DATAVIS_PLUGIN_NOT_FOUND', `there is no plugin "${specifier}" seen from ${from}`, {
    plugin: specifier,
    hint,
    ...(cause !== undefined && { cause }),
  });
}

/** The file to import for a plugin named in `from` (a file; its folder counts). */
export function locatePlugin(specifier: string, from: string): string {
  if (isPath(specifier)) {
    const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(dirname(from), specifier);
    if (!existsSync(path)) throw notFound(specifier, from);
    if (!statSync(path).isDirectory()) return path;
    // A folder is a package: its own exports say which file it is. A package may import itself by name.
    return locateFolder(path, specifier, from);
  }
  try {
    return fileURLToPath(resolveModule(specifier, pathToFileURL(from).href));
  } catch (error) {
    throw notFound(specifier, from, error);
  }
}

interface PackageJson {
  readonly name?: string;
  readonly exports?: unknown;
  readonly main?: string;
  readonly datavis?: unknown;
}

function locateFolder(folder: string, specifier: string, from: string): string {
  const candidates = ['dist/index.js', 'index.js', 'index.mjs', 'src/index.ts', 'index.ts'];
  const file = candidates.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) throw notFound(specifier, from);
  return file;
}

/** The nearest package.json, or `{}`. */
export async function packageOf(file: string): Promise<PackageJson> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (existsSync(path)) return JSON.parse(await readFile(path, 'utf8')) as PackageJson;
    if (folder === dirname(folder)) return {};
  }
}

/** The file of a plugin, once its package is found to ask for nothing that this host does not have. */
async function checkedFile(specifier: string, from: string): Promise<string> {
  const file = locatePlugin(specifier, from);
  checkManifest(specifier, (await packageOf(file)).datavis);
  return file;
}

/** Begins to load what {@link importPlugin} will ask for: the modules of several plugins are read at the same time. */
export function importAhead(specifier: string, from: string): void {
  const begin = async (): Promise<void> => {
    await import(pathToFileURL(await checkedFile(specifier, from)).href);
  };
  begin().catch(() => undefined); // Said when it is asked for.
}

/** The module of a plugin: one whose top level never ends would otherwise end the process, in silence and as if all was well. */
async function importModule(
  specifier: string,
  file: string,
  notice: (message: string) => void,
): Promise<Record<string, unknown>> {
  return waitFor(import(pathToFileURL(file).href) as Promise<Record<string, unknown>>, {
    what: `the import of ${specifier}`,
    notice,
    slowNoticeMs: SLOW_NOTICE_MS,
    deadlineMs: SETUP_DEADLINE_MS,
    tooLate: (message) => new Error(message),
  });
}

/**
 * Loads a plugin by name. Three things can go wrong, and each has its own error: it is not there
 * (`DATAVIS_PLUGIN_NOT_FOUND`), its code fails while it is imported (`DATAVIS_PLUGIN_IMPORT_FAILED`, with the cause),
 * what it exports is no plugin (`DATAVIS_PLUGIN_INVALID`). There is no second attempt elsewhere.
 */
export async function importPlugin(
  specifier: string,
  from: string,
  notice: (message: string) => void = () => undefined,
): Promise<{ entry: unknown; file: string }> {
  const file = await checkedFile(specifier, from);
  let exported: Record<string, unknown>;
  try {
    exported = await importModule(specifier, file, notice);
  } catch (error) {
    const hint = typescriptHint(file, error);
    throw new PluginError(
      'DATAVIS_PLUGIN_IMPORT_FAILED',
      `${specifier} failed while it was loaded: ${messageOf(error)}`,
      {
        plugin: specifier,
        cause: error,
        ...(hint !== undefined && { hint }),
      },
    );
  }
  return { entry: pickExport(specifier, exported), file };
}

function isPluginClass(value: unknown): boolean {
  return typeof value === 'function' && isPlugin((value as { prototype?: unknown }).prototype ?? null);
}

function pickExport(specifier: string, exported: Record<string, unknown>): unknown {
  if (exported.default !== undefined) return exported.default;
  const plugins = Object.values(exported).filter((value) => isPlugin(value) || isPluginClass(value));
  if (plugins.length === 1) return plugins[0];
  const found = plugins.length === 0 ? 'no plugin' : `${plugins.length} plugins and no default`;
  throw new PluginError('DATAVIS_PLUGIN_INVALID', `${specifier} exports ${found}`, {
    plugin: specifier,
    hint: 'Export what definePlugin returns, or a class that extends BasePlugin, by default.',
  });
}
