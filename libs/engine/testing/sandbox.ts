import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataVisConfig, SqlConnection, SqlDatabase, SqlRow } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { createEngine, type Engine, type EngineOptions } from '../src/engine.js';
import { createPluginHost } from '../src/plugins/host.js';
import type { ImportRequest, ImportResult } from '../src/import/import-types.js';

/** An engine on an empty database, and a folder for annotation files. */
export interface Sandbox {
  readonly folder: string;
  readonly database: SqlDatabase;
  readonly connection: SqlConnection;
  readonly engine: Engine;
  /** Writes a file: an object as JSON, a string as it is. Returns its path. */
  file(name: string, content: unknown): Promise<string>;
  /** Writes a file and imports it without media. */
  import(content: unknown, request?: Partial<ImportRequest> & { readonly name?: string }): Promise<ImportResult>;
  /** The same database with other plugins. */
  with(plugins: SandboxOptions['plugins']): Promise<Pick<Sandbox, 'import'>>;
  all<R extends SqlRow = SqlRow>(sql: string): Promise<R[]>;
  count(what: string): Promise<number>;
  close(): Promise<void>;
}

export interface SandboxOptions extends EngineOptions {
  readonly plugins?: DataVisConfig['plugins'];
}

export async function openSandbox(
  path = ':memory:',
  { plugins: entries, ...options }: SandboxOptions = {},
): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'datavis-import-'));
  const database = await openDuckDb(path);
  const connection = await database.connect();
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  const open = async (used: SandboxOptions['plugins']): Promise<Engine> => {
    if (used === undefined) return createEngine({ database, stores }, options);
    const plugins = await createPluginHost(used, { database, stores, hostVersion: '0.1.0' });
    return createEngine({ database, stores, plugins }, options);
  };
  const engine = await open(entries);
  const file = async (name: string, content: unknown): Promise<string> => {
    const target = join(folder, name);
    await writeFile(target, typeof content === 'string' ? content : JSON.stringify(content));
    return target;
  };
  const importing =
    (into: Engine): Sandbox['import'] =>
    async (content, { name = 'set.json', ...request } = {}) =>
      into.import({ sources: [await file(name, content)], dataset: 'set', media: false, ...request });
  return {
    folder,
    database,
    connection,
    engine,
    file,
    import: importing(engine),
    with: async (plugins) => ({ import: importing(await open(plugins)) }),
    all: (sql) => connection.all(sql),
    count: async (what) => {
      const [row] = await connection.all<{ n: bigint }>(`SELECT count(*) AS n FROM ${what}`);
      return Number(row?.n);
    },
    close: async () => {
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
