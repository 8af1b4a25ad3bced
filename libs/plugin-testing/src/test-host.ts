import {
  cocoBytes,
  createEngine,
  createPluginHost,
  exactJson,
  importerOf,
  importerRun,
  registerSchemes,
  runOperation,
  showImages,
  type ImagePassResult,
  type ImportResult,
  type PluginHost,
} from '@datavis/engine';
import {
  isDataVisError,
  type DecodedPixels,
  type Finding,
  type ObjectStore,
  type PluginEntry,
  type PluginFailure,
  type PluginTable,
  type SqlConnection,
  type SqlDatabase,
  type SqlRow,
  type SqlValue,
} from '@datavis/plugin-sdk';
import { createObjectStoreResolver, MemoryObjectStore } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import type { CocoFixture } from './fixture.js';

/** What a test host is made of. */
export interface TestHostOptions {
  readonly plugins: readonly PluginEntry[];
  /** What the host takes for the time. Default: 2026-01-01. */
  readonly now?: Date;
  /** Objects of `mem://files/…`, by key. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  /** Between the plugins and the database, for fault injection. */
  readonly wrapDatabase?: (database: SqlDatabase) => SqlDatabase;
}

/** How a fixture is imported. */
export interface IngestOptions {
  /** Rows of a batch, 1 to 2,048. Default 2,048. */
  readonly batchRows?: number;
  readonly signal?: AbortSignal;
  readonly dataset?: string;
  readonly split?: string;
}

/** A picture's pixels: interleaved 8-bit RGB. */
export interface TestPicture {
  readonly rgb: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A line that the host or a plugin has logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

/** What became of one import. */
export interface TestRun {
  readonly ok: boolean;
  readonly error?: PluginFailure;
  /** Counts of the import; absent where it failed. */
  readonly result?: ImportResult;
  /** Rows dropped by plugins, by `<namespace>/<reason>`. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Findings of plugins. */
  readonly findings: readonly Pick<Finding, 'code' | 'message' | 'severity'>[];
  /** Rows of a core table with the columns of all plugins beside them, in source order. */
  rows(table: PluginTable): Promise<SqlRow[]>;
}

/** Everything real: loader, host, COCO reader, import, DuckDB in memory. Only the places of files are in memory too. */
export interface TestHost extends AsyncDisposable {
  /** Imports a fixture (or a COCO text). A failure of a plugin does not throw: it is in the result. */
  ingest(data: CocoFixture | string, options?: IngestOptions): Promise<TestRun>;
  /** Imports `mem://files` by an importer of one of the plugins. */
  ingestFormat(format: string, options?: Readonly<Record<string, unknown>>): Promise<TestRun>;
  /** Shows pictures to the plugins (`onImageDecoded`), by `file_name` of an imported image. The file's bytes are `rgb`. */
  showImages(pictures: Readonly<Record<string, TestPicture>>): Promise<ImagePassResult>;
  sql<R extends SqlRow = SqlRow>(sql: string, params?: readonly SqlValue[]): Promise<R[]>;
  /** Runs an operation as the CLI and the API do. */
  operation(namespace: string, name: string, input?: unknown): Promise<unknown>;
  readonly files: ObjectStore;
  readonly logs: readonly LogLine[];
  readonly host: PluginHost;
  readonly database: SqlDatabase;
  close(): Promise<void>;
}

const KEYS = { images: 'image_key', annotations: 'annotation_key', categories: 'category_key' } as const;
const DEFAULT_NOW = new Date('2026-01-01T00:00:00Z');

/**
 * A host for tests.
 *
 * @example
 * ```ts
 * import { definePlugin } from '@datavis/plugin-sdk';
 * import { cocoFixture, createTestHost } from '@datavis/plugin-testing';
 *
 * const dropAll = definePlugin({
 *   name: 'drop-all',
 *   onAnnotations: (batch) => batch.forEach(() => false),
 * });
 * const host = await createTestHost({ plugins: [dropAll] });
 * const run = await host.ingest(cocoFixture());
 * console.log(run.dropped); // { 'drop_all/filtered': … }
 * await host.close();
 * ```
 */
export async function createTestHost(options: TestHostOptions): Promise<TestHost> {
  const real = await openDuckDb(':memory:', { threads: 1 });
  const database = options.wrapDatabase?.(real) ?? real;
  const logs: LogLine[] = [];
  const line =
    (level: LogLine['level']) =>
    (message: string): void => {
      logs.push({ level, message });
    };
  const encoder = new TextEncoder();
  const objects = Object.entries(options.files ?? {}).map(([key, value]) => [
    key,
    typeof value === 'string' ? encoder.encode(value) : value,
  ]);
  const files = new MemoryObjectStore({
    root: 'mem://files',
    objects: Object.fromEntries(objects) as Record<string, Uint8Array>,
  });
  const datasets = new Map<string, MemoryObjectStore>([['mem://files', files]]);
  const stores = createObjectStoreResolver({
    schemes: {
      mem: async (uri) => datasets.get(uri.replace(/\/$/, '')) ?? new MemoryObjectStore({ root: uri, objects: {} }),
    },
  });
  const now = options.now ?? DEFAULT_NOW;
  const host = await createPluginHost(options.plugins, {
    database,
    stores,
    hostVersion: '0.1.0',
    now: () => now,
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
  });
  registerSchemes(host, stores);
  const connection = await real.connect();
  let imports = 0;

  async function ingestText(text: Uint8Array, call: IngestOptions): Promise<TestRun> {
    const root = `mem://dataset-${++imports}`;
    const store = new MemoryObjectStore({ root, objects: { 'annotations.json': text } });
    datasets.set(root, store);
    const batchRows = call.batchRows === undefined ? {} : { batchRows: call.batchRows };
    const engine = await createEngine({ database, stores, plugins: host }, batchRows);
    try {
      const result = await engine.import(
        {
          sources: [`${root}/annotations.json`],
          dataset: call.dataset ?? `dataset-${imports}`,
          split: call.split,
          media: false,
        },
        { signal: call.signal },
      );
      return {
        ok: true,
        result,
        ...(await accountOf(connection)),
        rows: (table) => rowsOf(connection, host, table),
      };
    } catch (error) {
      if (!isDataVisError(error) && !(error instanceof Error)) throw error;
      const failure = error as PluginFailure;
      return {
        ok: false,
        error: failure,
        ...(await accountOf(connection)),
        rows: (table) => rowsOf(connection, host, table),
      };
    }
  }

  const close = async (): Promise<void> => {
    await host.close();
    await real.close();
  };
  return {
    host,
    database,
    files,
    logs,
    async showImages(pictures) {
      const store = new MemoryObjectStore({
        root: 'mem://pictures',
        objects: Object.fromEntries(Object.entries(pictures).map(([name, { rgb }]) => [name, rgb])),
      });
      datasets.set('mem://pictures', store);
      for (const name of Object.keys(pictures)) {
        await connection.run(
          "UPDATE images SET media_state = 'found', media_uri = 'mem://pictures/' || file_name WHERE file_name = $1",
          [name],
        );
      }
      const sizes = new Map(Object.values(pictures).map((picture) => [picture.rgb.join(), picture]));
      const decode = (file: Uint8Array): Promise<DecodedPixels> => {
        const { rgb, widthPx, heightPx } = sizes.get(file.join()) as TestPicture;
        return Promise.resolve({ data: rgb, channels: 3, widthPx, heightPx });
      };
      const { signal } = new AbortController();
      const names = await connection.all<{ name: string }>('SELECT name FROM datasets ORDER BY dataset_key');
      const results: ImagePassResult[] = [];
      for (const { name } of names) {
        const request = {
          runId: '1',
          sourceKey: 0n,
          dataset: { name, uri: 'mem://pictures' },
          startedAt: now,
          signal,
        };
        const run = await host.beginRun(request);
        results.push(
          await showImages(run, { database, stores, thumbnails: { decode } }, { dataset: name, signal }),
        );
      }
      return {
        decoded: results.reduce((sum, { decoded }) => sum + decoded, 0),
        failed: results.reduce((sum, { failed }) => sum + failed, 0),
        failures: results.flatMap(({ failures }) => failures),
      };
    },
    sql: (sql, params) => connection.all(sql, params),
    operation: (namespace, name, input) => runOperation(host, namespace, name, input),
    ingest: (data, call = {}) =>
      ingestText(encoder.encode(typeof data === 'string' ? data : exactJson(data)), call),
    async ingestFormat(format, formatOptions) {
      const found = importerOf(host, format);
      const info = { id: '1', dataset: { name: 'files', uri: 'mem://files' }, startedAt: now };
      const run = await importerRun(host, found, info);
      const chunks: Uint8Array[] = [];
      for await (const chunk of cocoBytes(found, files, run, formatOptions)) chunks.push(chunk);
      return ingestText(Buffer.concat(chunks), {});
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function accountOf(connection: SqlConnection): Promise<Pick<TestRun, 'dropped' | 'findings'>> {
  const drops = await connection.all<{ reason: string; n: bigint }>(
    'SELECT reason, count(*) AS n FROM _datavis.plugin_drops GROUP BY reason ORDER BY reason',
  );
  const findings = await connection.all<Pick<Finding, 'code' | 'message' | 'severity'> & SqlRow>(
    "SELECT code, message, severity FROM findings WHERE contains(code, '/') ORDER BY section, idx, code",
  );
  return { dropped: Object.fromEntries(drops.map(({ reason, n }) => [reason, Number(n)])), findings };
}

/** Core rows with plugin columns: by their own name where that is free, else as `namespace.column`. */
async function rowsOf(connection: SqlConnection, host: PluginHost, table: PluginTable): Promise<SqlRow[]> {
  const key = KEYS[table];
  const core = await connection.all<{ name: string }>(
    "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'main' AND table_name = $1",
    [table],
  );
  const taken = new Set(core.map(({ name }) => name));
  const columns: string[] = [];
  const joins: string[] = [];
  for (const { namespace, definition } of host.order.plugins) {
    const names = Object.keys(definition.columns?.[table] ?? {});
    if (names.length === 0) continue;
    joins.push(`LEFT JOIN plg_${namespace}.${table} "${namespace}" USING (${key})`);
    for (const name of names) {
      const alias = taken.has(name) ? `${namespace}.${name}` : name;
      taken.add(name);
      columns.push(`"${namespace}"."${name}" AS "${alias}"`);
    }
  }
  const rows = await connection.all(
    `SELECT ${['t.*', ...columns].join(', ')} FROM ${table} t ${joins.join(' ')} ORDER BY ${key}`,
  );
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
}

/** Whole numbers as numbers where they are exact, so that expectations can be written simply. */
function plain(value: unknown): unknown {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
