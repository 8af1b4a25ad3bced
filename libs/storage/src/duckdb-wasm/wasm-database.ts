import type { SqlCapabilities, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import type { WasmBindings } from './bindings.js';
import { closedError, engineError } from './errors.js';
import { WasmConnection } from './wasm-connection.js';

export interface WasmDatabaseOptions {
  /** File of the database, as the bindings name it. Default: in memory. */
  readonly path?: string;
  /** Called with everything written into the file, and the engine about to let go of it. */
  readonly onClose?: () => void;
}

/** duckdb-wasm's access mode; to open a file for reading only fails. */
export const READ_WRITE = 3;

/**
 * DuckDB in WebAssembly behind the same contract as the native driver: for browsers, and for machines that no native
 * binary fits. One thread, at most 3.1 GiB, no JSON functions, no Parquet; statements cannot be interrupted.
 *
 * Takes an instantiated blocking engine; `openWasmDatabase` loads one in Node.
 */
export class WasmDatabase implements SqlDatabase {
  readonly capabilities: SqlCapabilities = { json: false, parquet: false, interrupt: false };
  readonly #bindings: WasmBindings;
  readonly #connections = new Set<WasmConnection>();
  readonly #onClose: (() => void) | undefined;
  #closed = false;

  /** @throws `DATAVIS_STORAGE_SQL` where the file cannot be opened. */
  constructor(bindings: WasmBindings, { path = ':memory:', onClose }: WasmDatabaseOptions = {}) {
    this.#onClose = onClose;
    this.#bindings = bindings;
    try {
      bindings.open({ path, accessMode: READ_WRITE, query: { castBigIntToDouble: false } });
      // Without these, a statement that names an extension waits for a download.
      const setup = 'SET autoload_known_extensions=false; SET autoinstall_known_extensions=false';
      const first = bindings.connect().useUnsafe((_bindings, connection) => connection);
      bindings.runQuery(first, setup);
      bindings.disconnect(first);
    } catch (error) {
      throw engineError(error, `open ${path}`);
    }
  }

  connect(): Promise<SqlConnection> {
    return new Promise((resolve) => {
      if (this.#closed) throw closedError();
      const connection = new WasmConnection(this.#bindings);
      this.#connections.add(connection);
      resolve(connection);
    });
  }

  /** Writes the log into the file, so that the native driver opens it without a replay. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const connection of this.#connections) await connection.close();
    const last = new WasmConnection(this.#bindings);
    await last.run('CHECKPOINT');
    await last.close();
    try {
      this.#onClose?.();
    } finally {
      this.#bindings.reset();
      this.#bindings.dropFiles();
    }
  }
}
