import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { manifestOf } from '@datavis/engine';
import { isPlugin, type PluginEntry } from '@datavis/plugin-sdk';
import type { CheckSpec, Subject } from './check.js';
import { importWithOwnSdk } from './own-sdk.js';
import { digestOf, Replay } from './replay.js';

const run = promisify(execFile);

interface PackageJson {
  readonly name?: string;
  readonly type?: string;
  readonly keywords?: readonly string[];
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>> | string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly datavis?: unknown;
}

const folderOf = ({ options }: Subject): string => options.packageFolder ?? '.';

async function packageOf(subject: Subject): Promise<PackageJson> {
  return JSON.parse(await readFile(join(folderOf(subject), 'package.json'), 'utf8')) as PackageJson;
}

function entryOf({ exports }: PackageJson): { types?: string; default?: string } {
  const main = exports?.['.'];
  ok(typeof main === 'object', 'package.json has no exports["."] with types and default');
  return main;
}

/** The module that the package's main entry names. */
async function fileOf(subject: Subject): Promise<string> {
  return join(folderOf(subject), entryOf(await packageOf(subject)).default ?? '');
}

type Exports = Readonly<Record<string, unknown>>;

/** The default export of a module, else the first export that is a plugin. */
function pluginAmong(exported: Exports): PluginEntry | undefined {
  const isOne = (value: unknown): boolean =>
    isPlugin(value) || isPlugin((value as { prototype?: unknown } | undefined)?.prototype);
  const found = exported.default ?? Object.values(exported).find(isOne);
  return isOne(found) ? (found as PluginEntry) : undefined;
}

/** Host libraries that a plugin must not ship a copy of. */
const HOST_ONLY = /^@datavis\/(?:engine|storage|api|cli|ingest-coco)$/;

/** Processor time that an import may take: every command that uses plugins waits for it. */
const MAX_IMPORT_MS = 500;

/** Checks of the package as it would be published. */
export const packageChecks: readonly CheckSpec[] = [
  {
    name: 'manifest',
    title: 'the manifest in package.json says what the code says',
    ofPackage: true,
    async run(subject) {
      const { datavis } = await packageOf(subject);
      ok(datavis !== undefined, 'there is no "datavis" in package.json: run `datavis plugin build`');
      const replay = await Replay.open(subject.entry);
      try {
        const [plugin] = replay.host.order.plugins;
        ok(plugin !== undefined);
        deepStrictEqual(datavis, JSON.parse(JSON.stringify(manifestOf(plugin))), 'run `datavis plugin build`');
      } finally {
        await replay.close();
      }
    },
  },
  {
    name: 'import-without-effects',
    title: 'an import prints nothing, leaves nothing running, and is quick',
    ofPackage: true,
    async run(subject) {
      const file = await fileOf(subject);
      // Processor time: on a busy machine the clock says nothing of the plugin.
      const script = `const before = process.cpuUsage(); await import(${JSON.stringify(pathToFileURL(file).href)});
        const { user, system } = process.cpuUsage(before); const ms = (user + system) / 1000; const left = process.getActiveResourcesInfo().filter((n) => !/TTY|Pipe|FSReq|CloseReq/.test(n));
        process.stderr.write(JSON.stringify({ ms, left }), () => process.exit());`;
      const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], {
        timeout: 30_000,
      });
      strictEqual(stdout, '', 'it prints while it is imported');
      const { ms, left } = JSON.parse(stderr) as { ms: number; left: string[] };
      deepStrictEqual(left, [], 'something runs after the import');
      subject.note(`imported in ${ms.toFixed(0)} ms of processor time`);
      ok(
        ms < MAX_IMPORT_MS,
        `the import took ${ms.toFixed(0)} ms of processor time: load what is heavy when it is used`,
      );
    },
  },
  {
    name: 'package-hygiene',
    title: 'exports with types and default, ESM, the keyword, no copy of the host',
    ofPackage: true,
    async run(subject) {
      const manifest = await packageOf(subject);
      strictEqual(manifest.type, 'module', 'package.json: "type" is not "module"');
      ok(manifest.keywords?.includes('datavis-plugin'), 'package.json: no keyword "datavis-plugin"');
      const entry = entryOf(manifest);
      ok(entry.types !== undefined && entry.default !== undefined, 'exports["."] needs "types" and "default"');
      const types = await readFile(join(folderOf(subject), entry.types), 'utf8');
      ok(!/^\s*@[A-Za-z]+\(/m.test(types.replace(/\/\*[\s\S]*?\*\//g, '')), 'decorators in the types');
      const bundled = Object.keys(manifest.dependencies ?? {}).filter((name) => HOST_ONLY.test(name));
      deepStrictEqual(bundled, [], 'the host is no dependency of a plugin');
      const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: folderOf(subject),
      });
      const [{ files = [] } = {}] = Object.values(
        JSON.parse(stdout) as Record<string, { files?: { path: string }[] }>,
      );
      const stray = files
        .map(({ path }) => path)
        .filter((path) => /(?:^|\/)(?:node_modules|\.env)|\.test\.|\.duckdb/.test(path));
      deepStrictEqual(stray, [], 'the package would ship these');
    },
  },
  {
    name: 'default-export',
    title: 'the package’s default export (or only one) is the plugin',
    ofPackage: true,
    async run(subject) {
      const exported = (await import(pathToFileURL(await fileOf(subject)).href)) as Exports;
      ok(pluginAmong(exported) !== undefined, 'the package exports no plugin');
    },
  },
  {
    name: 'second-sdk-copy',
    title: 'with a copy of the SDK of its own, which is not the host’s, it does the same',
    ofPackage: true,
    async run(subject) {
      const { entry, fixture, options } = subject;
      const copy = pluginAmong(await importWithOwnSdk(await fileOf(subject)));
      ok(copy !== undefined, 'the package exports no plugin');
      const withOptions = [copy, { options: options.options }] as unknown as PluginEntry;
      const other = options.options === undefined ? copy : withOptions;
      strictEqual(await digestOf(other, fixture), await digestOf(entry, fixture), 'it gives another result');
    },
  },
];
