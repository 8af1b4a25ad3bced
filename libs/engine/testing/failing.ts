import { DataVisError } from '@datavis/plugin-sdk';
import type { ObjectStore, ObjectStoreResolver, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';

/** Counts the steps of input and output of an import, and fails one of them, or all from there on. */
export class Fault {
  steps = 0;
  readonly #failAt: number;
  readonly #stays: boolean;
  readonly #failed: string[] = [];

  /** `failAt`: number of the step that fails, from 1; 0: none. `stays`: all later ones fail too. */
  constructor(failAt: number, stays = false) {
    this.#failAt = failAt;
    this.#stays = stays;
  }

  get failed(): string | undefined {
    return this.#failed[0];
  }

  step(name: string): void {
    this.steps += 1;
    const hasCome = this.#failAt > 0 && this.steps >= this.#failAt;
    if (!hasCome || (this.steps > this.#failAt && !this.#stays)) return;
    this.#failed.push(name);
    throw new DataVisError('DATAVIS_STORAGE_IO', `step ${this.steps} (${name}) was made to fail`);
  }
}

export function failingStores(stores: ObjectStoreResolver, fault: Fault): ObjectStoreResolver {
  return {
    open: async (uri, options) => {
      fault.step('open a store');
      return failingStore(await stores.open(uri, options), fault);
    },
  };
}

function failingStore(store: ObjectStore, fault: Fault): ObjectStore {
  return {
    // Not a file: URI, so that every byte comes through here.
    root: store.root.replace(/^file:/, 'failing:'),
    capabilities: store.capabilities,
    stat: async (key, options) => {
      fault.step(`stat ${key}`);
      return store.stat(key, options);
    },
    read: async function* (key, options) {
      fault.step(`open ${key}`);
      for await (const chunk of store.read(key, options)) {
        for (let at = 0; at < chunk.length; at += 1024) {
          fault.step(`read ${key}`);
          yield chunk.subarray(at, at + 1024);
        }
      }
    },
    list: (prefix, options) => store.list(prefix, options),
    write: (key, body, options) => store.write(key, body, options),
    delete: (key, options) => store.delete(key, options),
    close: () => store.close(),
  };
}

/** Fails before a statement, an append, or a commit (as a full disk does: DuckDB rolls back by itself). */
export function failingDatabase(database: SqlDatabase, fault: Fault): SqlDatabase {
  return {
    capabilities: database.capabilities,
    connect: async () => {
      fault.step('connect');
      return failingConnection(await database.connect(), fault);
    },
    close: () => database.close(),
  };
}

function failingConnection(connection: SqlConnection, fault: Fault): SqlConnection {
  return {
    run: async (sql, params, options) => {
      fault.step(sql);
      return connection.run(sql, params, options);
    },
    all: async (sql, params, options) => {
      fault.step(sql);
      return connection.all(sql, params, options);
    },
    batches: async function* (sql, params, options) {
      fault.step(sql);
      yield* connection.batches(sql, params, options);
    },
    append: async (table, columns, length) => {
      fault.step(`append to ${table}`);
      return connection.append(table, columns, length);
    },
    transaction: async (work) =>
      connection.transaction(async () => {
        const result = await work();
        fault.step('commit');
        return result;
      }),
    close: () => connection.close(),
  };
}
