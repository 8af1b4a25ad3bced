import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { isDataVisError } from '@datavis/plugin-sdk';
import { withServerHint } from '../server/held-hint.js';
import { formatBytes } from '../terminal/format.js';
import { packageVersion } from '../version.js';

export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly found: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** Below this, an import or a query that sorts may fail. */
const LOW_DISK_BYTES = 2e9;

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const old = major < 20 || (major === 20 && minor < 19);
  const found = `${process.version} (${process.platform}-${process.arch})`;
  return old ? { name: 'Node', state: 'problem', found, fix: 'Install Node 20.19 or newer.' } : ok('Node', found);
}

function ok(name: string, found: string): Check {
  return { name, state: 'ok', found };
}

async function duckdb(): Promise<Check> {
  try {
    const { openDuckDb } = await import('@datavis/storage/duckdb-node');
    const database = await openDuckDb(':memory:');
    const connection = await database.connect();
    const [row] = await connection.all<{ version: string }>('SELECT version() AS version');
    await database.close();
    return ok('DuckDB', row?.version ?? 'unknown');
  } catch (error) {
    const fix = 'Its native binary does not load here: run npm install again on this machine.';
    return { name: 'DuckDB', state: 'problem', found: said(error), fix };
  }
}

async function sharp(): Promise<Check> {
  try {
    const { default: module } = await import('sharp');
    return ok('sharp', `${module.versions.sharp} (libvips ${module.versions.vips})`);
  } catch (error) {
    const fix = 'Thumbnails are made by jimp instead, which is slower. npm install sharp brings the fast engine.';
    return { name: 'sharp', state: 'warning', found: said(error).split('\n')[0] ?? '', fix };
  }
}

function disk(name: string, folder: string): Check {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const found = `${formatBytes(free)} free in ${folder}`;
  if (free > LOW_DISK_BYTES) return ok(name, found);
  return { name, state: 'warning', found, fix: `Make room: less than ${formatBytes(LOW_DISK_BYTES)} is left.` };
}

function writable(folder: string): Check {
  try {
    accessSync(folder, constants.W_OK);
    return ok('folder', `${folder} can be written to`);
  } catch (error) {
    return { name: 'folder', state: 'problem', found: said(error), fix: 'Grant write permission, or use --db.' };
  }
}

async function database(path: string): Promise<Check[]> {
  if (!existsSync(path)) {
    return [ok('database', `${path} does not exist yet; the first import makes it`)];
  }
  try {
    const { openDuckDb } = await import('@datavis/storage/duckdb-node');
    const { schemaVersion, SCHEMA_VERSION } = await import('@datavis/storage');
    const opened = await openDuckDb(path, { readOnly: true });
    try {
      const version = await schemaVersion(await opened.connect());
      return [
        ok('database', `${path}, ${formatBytes(statSync(path).size)}`),
        version === SCHEMA_VERSION
          ? ok('schema', `version ${version}`)
          : {
              name: 'schema',
              state: version > SCHEMA_VERSION ? ('problem' as const) : ('warning' as const),
              found: `version ${version}, this program knows ${SCHEMA_VERSION}`,
              fix: version > SCHEMA_VERSION ? 'Update DataVis.' : 'The next import brings it up to date.',
            },
      ];
    } finally {
      await opened.close();
    }
  } catch (caught) {
    const error = await withServerHint(caught);
    const locked = isDataVisError(error, 'DATAVIS_CATALOG_LOCKED');
    const fix = isDataVisError(error) ? error.hint : undefined;
    return [
      {
        name: 'database',
        state: locked ? 'warning' : 'problem',
        found: said(error),
        ...(fix !== undefined && { fix }),
      },
    ];
  }
}

/** Looks at what most often goes wrong. Reads only; the database is opened for reading for a moment. */
export async function examine(databasePath: string): Promise<Check[]> {
  const folder = dirname(resolve(databasePath));
  return [
    ok('datavis', packageVersion()),
    node(),
    ok('memory', formatBytes(totalmem())),
    await duckdb(),
    await sharp(),
    ...(existsSync(folder) ? [writable(folder), disk('disk', folder)] : []),
    disk('temporary files', tmpdir()),
    ...(await database(databasePath)),
  ];
}
