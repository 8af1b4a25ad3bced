import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { expect, test } from 'vitest';
import { openSandbox } from '../../testing/sandbox.js';
import { createEngine } from '../engine.js';

const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });

/** A database that fails to read back the end of a run, which is stored. */
function forgetful(database: SqlDatabase): SqlDatabase {
  const over = (connection: SqlConnection): SqlConnection => ({
    all: async (sql, ...rest) => {
      if (/SELECT 1 FROM ingest_runs .* state = 'done'/.test(sql)) throw new Error('i/o error');
      return connection.all(sql, ...rest);
    },
    run: connection.run.bind(connection),
    batches: connection.batches.bind(connection),
    append: connection.append.bind(connection),
    transaction: connection.transaction.bind(connection),
    close: () => connection.close(),
  });
  return {
    capabilities: database.capabilities,
    connect: async () => over(await database.connect()),
    close: () => database.close(),
  };
}

test('an end that is stored and could not be read back is not taken for a pause', async () => {
  const sandbox = await openSandbox();
  const database = await openDuckDb(':memory:');
  try {
    const path = await sandbox.file('set.json', { images: [{ id: 1, file_name: 'a.jpg' }], annotations: [] });
    const request = { sources: [path], dataset: 'set', media: false };
    const engine = await createEngine({ database: forgetful(database), stores });
    await expect(engine.import(request)).rejects.toThrow('i/o error');
    const again = await createEngine({ database, stores });
    expect((await again.import(request)).sources).toMatchObject([{ state: 'unchanged' }]);
    const connection = await database.connect();
    expect(await connection.all('SELECT state, error FROM ingest_runs')).toEqual([{ state: 'done', error: null }]);
    await connection.close();
  } finally {
    await database.close();
    await sandbox.close();
  }
});
