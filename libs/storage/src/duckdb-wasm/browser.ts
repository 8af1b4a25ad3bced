import type { WasmBindings } from './bindings.js';
import { wasmInUse } from './errors.js';
import { WasmDatabase } from './wasm-database.js';

export { WasmDatabase } from './wasm-database.js';

/** What the driver takes from `dist/duckdb-browser-blocking.mjs` of @duckdb/duckdb-wasm. */
export interface BlockingModule {
  createDuckDB(
    bundles: object,
    logger: object,
    runtime: object,
  ): Promise<{ instantiate(onProgress: () => void): Promise<unknown> }>;
  readonly VoidLogger: new () => object;
  readonly BROWSER_RUNTIME: object;
}

export interface BrowserOpenOptions {
  /**
   * The module `dist/duckdb-browser-blocking.mjs` of @duckdb/duckdb-wasm. The package does not export it, so that it
   * takes an alias of the bundler or a URL to import it.
   */
  readonly duckdb: BlockingModule;
  /** URL of `duckdb-eh.wasm`, the only thing that is fetched. */
  readonly wasmUrl: string;
  /** A database file to begin with: the bytes of a snapshot, say. Default: an empty database in memory. */
  readonly file?: Uint8Array | undefined;
}

let engine: Promise<WasmBindings> | undefined;
let inUse = false;
/** Name of the file within the engine. */
const FILE = 'database.duckdb';

/**
 * Opens a database with duckdb-wasm's blocking build in a browser. Statements block the thread that runs them: open it in
 * a Web Worker where a page must stay alive. A `file` is worked on in memory, and what is written stays there.
 *
 * @throws `DATAVIS_STORAGE_WASM_IN_USE` while another database is open in this thread; `DATAVIS_STORAGE_SQL` for what is
 * no database file.
 * @example
 * ```ts
 * import { createCatalogReader } from '@datavis/storage';
 * import { openBrowserDatabase, type BlockingModule } from '@datavis/storage/duckdb-wasm/browser';
 *
 * export async function countImages(duckdb: BlockingModule, snapshot: Uint8Array): Promise<unknown> {
 *   const database = await openBrowserDatabase({ duckdb, wasmUrl: '/duckdb-eh.wasm', file: snapshot });
 *   return (await createCatalogReader(database).datasets())[0]?.['images'];
 * }
 * ```
 */
export async function openBrowserDatabase({ duckdb, wasmUrl, file }: BrowserOpenOptions): Promise<WasmDatabase> {
  if (inUse) throw wasmInUse();
  inUse = true;
  try {
    const bindings = await (engine ??= loadEngine(duckdb, wasmUrl));
    if (file !== undefined) bindings.registerFileBuffer(FILE, file);
    return new WasmDatabase(bindings, {
      ...(file !== undefined && { path: FILE }),
      onClose: () => {
        inUse = false;
      },
    });
  } catch (error) {
    inUse = false;
    throw error;
  }
}

async function loadEngine(duckdb: BlockingModule, wasmUrl: string): Promise<WasmBindings> {
  const bundle = { mainModule: wasmUrl, mainWorker: '' };
  const bundles = { mvp: bundle, eh: bundle };
  const loaded = await duckdb.createDuckDB(bundles, new duckdb.VoidLogger(), duckdb.BROWSER_RUNTIME);
  return (await loaded.instantiate(() => undefined)) as WasmBindings;
}
