import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { WasmBindings } from './bindings.js';
import { wasmInUse } from './errors.js';
import { WasmDatabase } from './wasm-database.js';

/** What the driver takes from the blocking build of duckdb-wasm. */
interface BlockingModule {
  createDuckDB(
    bundles: object,
    logger: object,
    runtime: object,
  ): Promise<{ instantiate(onProgress: () => void): Promise<unknown> }>;
  readonly VoidLogger: new () => object;
  readonly NODE_RUNTIME: object;
}

/**
 * duckdb-wasm keeps its open files in globals of the process, so that a second engine reads the first one's files. One
 * engine is loaded, and holds one database at a time.
 */
let engine: Promise<WasmBindings> | undefined;
let inUse = false;

export interface OpenWasmOptions {
  /** Database file; created where there is none. Default: in memory. */
  readonly path?: string;
}

/**
 * Opens a database with duckdb-wasm's blocking build. Needs the peers `@duckdb/duckdb-wasm` and `apache-arrow` 17; the
 * engine takes about a second to load the first time.
 *
 * A file is loaded into memory (at most 2 GiB) and written back, as a whole and by rename, on `close`; in between, its log
 * beside it holds what was committed. It must not be open in another process or driver at the same time: WebAssembly takes no lock on it.
 *
 * @throws `DATAVIS_STORAGE_WASM_IN_USE` while another database is open in this thread.
 * @example
 * ```ts
 * import { openWasmDatabase } from '@datavis/storage/duckdb-wasm';
 *
 * const database = await openWasmDatabase();
 * const connection = await database.connect();
 * console.log(await connection.all('SELECT 1::INTEGER AS one'));
 * await database.close();
 * ```
 */
export async function openWasmDatabase({ path }: OpenWasmOptions = {}): Promise<WasmDatabase> {
  if (inUse) throw wasmInUse();
  inUse = true;
  try {
    const bindings = await (engine ??= loadEngine());
    if (path !== undefined) loadFile(bindings, path);
    return new WasmDatabase(bindings, {
      ...(path !== undefined && { path }),
      onClose: () => {
        inUse = false;
        if (path !== undefined) saveFile(bindings, path);
      },
    });
  } catch (error) {
    inUse = false;
    throw error;
  }
}

/**
 * The file is worked on in memory: duckdb-wasm 1.32 writes the header of a file that it opened itself to the file's end,
 * so that a CHECKPOINT succeeds and the file reads as empty ever after; with direct I/O it truncates what it opens.
 */
function loadFile(bindings: WasmBindings, path: string): void {
  if (!existsSync(path)) {
    bindings.open({ path, accessMode: 3, useDirectIO: true });
    bindings.reset();
    bindings.dropFiles();
  }
  bindings.registerFileBuffer(path, readFileSync(path));
}

function saveFile(bindings: WasmBindings, path: string): void {
  const written = `${path}.tmp-${process.pid}`;
  writeFileSync(written, bindings.copyFileToBuffer(path), { mode: 0o600 });
  renameSync(written, path);
  // All of the log is in the file now.
  rmSync(`${path}.wal`, { force: true });
}

async function loadEngine(): Promise<WasmBindings> {
  const require = createRequire(import.meta.url);
  const duckdb = require('@duckdb/duckdb-wasm/blocking') as BlockingModule;
  const dist = dirname(require.resolve('@duckdb/duckdb-wasm'));
  const bundle = (name: string): object => ({ mainModule: join(dist, `duckdb-${name}.wasm`), mainWorker: '' });
  const bundles = { mvp: bundle('mvp'), eh: bundle('eh') };
  const loaded = await duckdb.createDuckDB(bundles, new duckdb.VoidLogger(), duckdb.NODE_RUNTIME);
  return (await loaded.instantiate(() => undefined)) as WasmBindings;
}
