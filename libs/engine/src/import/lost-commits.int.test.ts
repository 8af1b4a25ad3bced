import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { expect, test } from 'vitest';
import { dump } from '../../testing/dump.js';
import { manyFiles, writeFiles } from '../../testing/many-files.js';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';
import { createEngine } from '../engine.js';

// DuckDB answers a COMMIT behind a failed statement as if it had stored something. The driver notices that; here is a
// driver that does not, and the catalog has to.

const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });

class Commits {
  count = 0;
  readonly #lost: number;

  constructor(lost: number) {
    this.#lost = lost;
  }

  /** The `lost`-th transaction is acknowledged, and rolled back. */
  over(database: SqlDatabase): SqlDatabase {
    return {
      capabilities: database.capabilities,
      connect: async () => this.#connection(await database.connect()),
      close: () => database.close(),
    };
  }

  #connection(connection: SqlConnection): SqlConnection {
    const rolledBack = new Error('rolled back');
    return {
      all: connection.all.bind(connection),
      run: connection.run.bind(connection),
      batches: connection.batches.bind(connection),
      append: connection.append.bind(connection),
      close: () => connection.close(),
      transaction: async (work) => {
        this.count += 1;
        if (this.count !== this.#lost) return connection.transaction(work);
        const results: Awaited<ReturnType<typeof work>>[] = [];
        const losing = connection.transaction(async () => {
          results.push(await work());
          throw rolledBack;
        });
        await losing.catch((error: unknown) => {
          if (error !== rolledBack) throw error;
        });
        return results[0] as Awaited<ReturnType<typeof work>>;
      },
    };
  }
}

const set = {
  images: Array.from({ length: 5 }, (_, id) => ({ id, file_name: `${id}.jpg` })),
  annotations: Array.from({ length: 12 }, (_, id) => ({
    id,
    image_id: id % 6,
    category_id: 1,
    bbox: [0, 0, 1, 1],
  })),
  categories: [{ id: 1, name: 'cat' }],
};

test.each<[what: string, input: (sandbox: Sandbox) => Promise<string>]>([
  ['one file', (sandbox) => sandbox.file('set.json', set)],
  [
    'many small files',
    async ({ folder }) => {
      await writeFiles(folder, manyFiles(6));
      return `${folder}/**/*.json`;
    },
  ],
])(
  'of %s, each commit that is acknowledged and not stored is told, and the next import is whole',
  async (_what, input) => {
    const sandbox = await openSandbox();
    const request = { sources: [await input(sandbox)], dataset: 'set', media: false };
    const attempt = async (lost: number) => {
      const database = await openDuckDb(':memory:');
      await createEngine({ database, stores });
      const commits = new Commits(lost);
      const options = { commitRows: 4, batchRows: 2 };
      const engine = await createEngine({ database: commits.over(database), stores }, options);
      const error: unknown = await engine.import(request).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      await (await createEngine({ database, stores }, options)).import(request);
      const tables = await dump(database);
      await database.close();
      return { tables, error, count: commits.count };
    };
    const unbroken = await attempt(0);
    expect(unbroken.error).toBeUndefined();
    expect(unbroken.count).toBeGreaterThan(1);
    for (let lost = 1; lost <= unbroken.count; lost++) {
      const { tables, error } = await attempt(lost);
      expect(error, `commit ${lost}`).toMatchObject({ code: 'DATAVIS_CATALOG_COMMIT_LOST' });
      expect(tables, `commit ${lost}`).toEqual(unbroken.tables);
    }
    await sandbox.close();
  },
  120_000,
);
