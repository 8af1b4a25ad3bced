import { DataVisError, type SqlConnection } from '@datavis/plugin-sdk';
import { SCHEMA_V1 } from './schema-v1.js';
import { SCHEMA_V2 } from './schema-v2.js';

/** Statements that lead from one version to the next: `MIGRATIONS[n]` makes version n + 1. Never edited once released. */
export const MIGRATIONS: readonly string[] = [SCHEMA_V1, SCHEMA_V2];

/** Version that this package reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

async function tableExists(connection: SqlConnection, name: string): Promise<boolean> {
  const rows = await connection.all(
    `SELECT 1 AS found FROM duckdb_tables() WHERE schema_name = 'main' AND table_name = ? AND NOT internal`,
    [name],
  );
  return rows.length > 0;
}

/** Version of the catalog in a database; 0 where there is none yet. */
export async function schemaVersion(connection: SqlConnection): Promise<number> {
  if (!(await tableExists(connection, 'schema_version'))) return 0;
  const [row] = await connection.all<{ version: number | null }>(
    'SELECT max(version) AS version FROM schema_version',
  );
  return row?.version ?? 0;
}

/**
 * Brings the catalog of a database to {@link SCHEMA_VERSION}, all steps in one transaction: a crash leaves the old
 * version whole. Does nothing where it is there already.
 *
 * Errors: `DATAVIS_CATALOG_VERSION` where the catalog is newer than this package.
 */
export async function migrate(connection: SqlConnection): Promise<void> {
  const from = await schemaVersion(connection);
  if (from > SCHEMA_VERSION) {
    throw new DataVisError(
      'DATAVIS_CATALOG_VERSION',
      `The catalog has version ${from}; this release knows ${SCHEMA_VERSION}`,
      {
        hint: 'Open it with a newer release of DataVis.',
      },
    );
  }
  if (from === SCHEMA_VERSION) return;
  await connection.transaction(async () => {
    await connection.run('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER, applied_at TIMESTAMP)');
    for (let version = from; version < SCHEMA_VERSION; version++) {
      await connection.run(MIGRATIONS[version] ?? '');
      await connection.run('INSERT INTO schema_version VALUES (?, now()::TIMESTAMP)', [version + 1]);
    }
  });
}
