import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { canonicalPath } from '../duckdb-node/canonical-path.js';
import { LockFile } from '../duckdb-node/lock-file.js';
import type { WasmBindings } from './bindings.js';
import { engineError, wasmInUse } from './errors.js';
import { READ_WRITE, WasmDatabase } from './wasm-database.js';

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
 * beside it holds what was committed. Its lock file is the native driver's, so that neither opens what the other has open.
 *
 * @throws `DATAVIS_STORAGE_WASM_IN_USE` while another database is open in this thread; `DATAVIS_CATALOG_LOCKED` while the
 * file is open in another process, or by the native driver.
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
  let release = (): void => {
    inUse = false;
  };
  try {
    const bindings = await (engine ??= loadEngine());
    if (path === undefined) return new WasmDatabase(bindings, { onClose: release });
    const lock = new LockFile(canonicalPath(path));
    // Before a byte is read: to read a file that DuckDB has open in this process drops its own lock.
    lock.assertFree();
    lock.take();
    release = () => {
      inUse = false;
      lock.release();
    };
    loadFile(bindings, path);
    return new WasmDatabase(bindings, {
      path,
      onClose: () => {
        try {
          saveFile(bindings, path);
        } finally {
          release();
        }
      },
    });
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * The file is worked on in memory: duckdb-wasm 1.32 writes the header of a file that it opened itself to the file's end,
 * so that a CHECKPOINT succeeds and the file reads as empty ever after; with direct I/O it truncates what it opens.
 */
function loadFile(bindings: WasmBindings, path: string): void {
  if (!existsSync(path)) {
    bindings.open({ path, accessMode: READ_WRITE, useDirectIO: true });
    bindings.reset();
    bindings.dropFiles();
  } else if (existsSync(logOf(path))) foldLog(bindings, path);
  bindings.registerFileBuffer(path, readFileSync(path));
}

const logOf = (path: string): string => `${path}.wal`;

/**
 * What a killed process has committed, and no CHECKPOINT has written into the file. For a file in memory the engine looks
 * for no log on the disk, so it is given to it, and written into the file.
 */
function foldLog(bindings: WasmBindings, path: string): void {
  try {
    bindings.registerFileBuffer(path, readFileSync(path));
    bindings.registerFileBuffer(logOf(path), readFileSync(logOf(path)));
    bindings.open({ path, accessMode: READ_WRITE });
    const connection = bindings.connect().useUnsafe((_bindings, number) => number);
    bindings.runQuery(connection, 'CHECKPOINT');
    bindings.disconnect(connection);
    saveFile(bindings, path);
  } catch (error) {
    throw engineError(error, `replay of ${logOf(path)}`);
  } finally {
    bindings.reset();
    bindings.dropFiles();
  }
}

function saveFile(bindings: WasmBindings, path: string): void {
  const written = `${path}.tmp-${process.pid}`;
  writeFileSync(written, bindings.copyFileToBuffer(path), { mode: 0o600 });
  renameSync(written, path);
  // All of the log is in the file now.
  rmSync(logOf(path), { force: true });
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
