import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { isDataVisError } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDuckDb } from '../duckdb-node/duckdb-node.js';
import { migrate, MIGRATIONS, schemaVersion, SCHEMA_VERSION } from './migrations.js';
import { startSource } from './runs.js';
import type { SourceSpec } from './source-spec.js';

let database: SqlDatabase;
let connection: SqlConnection;
const SPEC: SourceSpec = {
  dataset: 'd',
  rootUri: 'file:///d',
  split: null,
  uri: 'file:///d/a.json',
  kind: null,
  version: 'v',
  sizeBytes: 10,
  headChecksum: 'h',
  storeChecksum: null,
  settings: '{}',
  media: null,
  masksPrefix: null,
};
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

test('a pause that version 1 stored is gone on with, and one of now is found by its commits', async () => {
  await connection.run('CREATE TABLE schema_version (version INTEGER, applied_at TIMESTAMP)');
  await connection.run(MIGRATIONS[0] ?? '');
  await connection.run('INSERT INTO schema_version VALUES (1, now()::TIMESTAMP)');
  await connection.run(`INSERT INTO datasets VALUES (1, 'd', 'file:///d', now()::TIMESTAMP)`);
  await connection.run(`INSERT INTO sources (source_key, dataset_key, uri, version, size_bytes, head_checksum, settings, state)
    VALUES (1, 1, 'file:///d/a.json', 'v', 10, 'h', '{}', 'partial')`);
  await connection.run(`INSERT INTO ingest_runs (run_key, source_key, dataset_key, state, cursor, commits, started_at)
    VALUES (7, 1, 1, 'paused', '{"byteOffset":3}', 4, now()::TIMESTAMP)`);
  await migrate(connection);
  expect(await schemaVersion(connection)).toBe(SCHEMA_VERSION);
  const cursor = async (): Promise<unknown> => {
    const start = await startSource(connection, SPEC, new Date(), () => Promise.resolve(false));
    return start.state === 'resumed' ? start.run.cursor : start.state;
  };
  expect(await cursor()).toEqual({ byteOffset: 3, sourceVersion: 'v' });
  await connection.run(`INSERT INTO ingest_commits (run_key, source_key, number, cursor)
    VALUES (7, 1, 10, '{"byteOffset":8}'), (7, 1, 9, '{"byteOffset":6}')`);
  expect(await cursor()).toEqual({ byteOffset: 8, sourceVersion: 'v' });
});
