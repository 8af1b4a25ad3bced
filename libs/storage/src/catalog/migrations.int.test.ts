import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { isDataVisError } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDuckDb } from '../duckdb-node/duckdb-node.js';
import { migrate, schemaVersion, SCHEMA_VERSION } from './migrations.js';

let database: SqlDatabase;
let connection: SqlConnection;
beforeEach(async () => {
  database = await openDuckDb(':memory:');
  connection = await database.connect();
});
afterEach(() => database.close());

const tables = async (): Promise<unknown[]> =>
  connection.all('SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY ALL');

test('an empty database gets the catalog, and a second call changes nothing', async () => {
  await migrate(connection);
  expect(await schemaVersion(connection)).toBe(SCHEMA_VERSION);
  const before = await tables();
  expect(before.length).toBeGreaterThan(100);
  await migrate(connection);
  expect(await tables()).toEqual(before);
});

test('a catalog of a newer release is refused and left as it is', async () => {
  await migrate(connection);
  await connection.run('INSERT INTO schema_version VALUES (999, now()::TIMESTAMP)');
  await expect(migrate(connection)).rejects.toSatisfy((error) => isDataVisError(error, 'DATAVIS_CATALOG_VERSION'));
});

test('a migration that fails half-way leaves the database as it was', async () => {
  await connection.run('CREATE TABLE sources (mine INTEGER)');
  const before = await tables();
  await expect(migrate(connection)).rejects.toSatisfy((error) => isDataVisError(error, 'DATAVIS_STORAGE_SQL'));
  expect(await tables()).toEqual(before);
  expect(await schemaVersion(connection)).toBe(0);
});
