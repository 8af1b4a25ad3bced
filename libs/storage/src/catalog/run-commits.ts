import { DataVisError, type CocoCursor, type SqlConnection } from '@datavis/plugin-sdk';
import type { RunState } from './source-spec.js';

/**
 * The commits of a run that is under way. They are rows of their own, and not updates of the run's row, because two of
 * them may be open at once: see CommitLanes.
 */
export async function storeCommit(
  connection: SqlConnection,
  { runKey, sourceKey }: RunState,
  number: number,
  cursor: CocoCursor,
): Promise<void> {
  const sum = (of: 'read' | 'imported' | 'refused'): number =>
    cursor.sections.reduce((total, section) => total + section[of], 0);
  await connection.run('INSERT INTO ingest_commits VALUES (?, ?, ?, ?, ?, ?, ?, now()::TIMESTAMP)', [
    runKey,
    sourceKey,
    number,
    JSON.stringify(cursor),
    sum('read'),
    sum('imported'),
    sum('refused'),
  ]);
}

export async function isCommitStored(
  connection: SqlConnection,
  { runKey }: RunState,
  number: number,
): Promise<boolean> {
  const rows = await connection.all('SELECT 1 FROM ingest_commits WHERE run_key = ? AND number = ?', [
    runKey,
    number,
  ]);
  return rows.length > 0;
}

/** Whether the end of a run is stored: the last commit is believed as little as those before it. */
export async function isRunDone(connection: SqlConnection, { runKey }: RunState): Promise<boolean> {
  const rows = await connection.all(`SELECT 1 FROM ingest_runs WHERE run_key = ? AND state = 'done'`, [runKey]);
  return rows.length > 0;
}

/** How many commits a run has had. */
export async function commitsOf(connection: SqlConnection, { runKey }: RunState): Promise<number> {
  const [row] = await connection.all<{ n: bigint | null }>(
    `SELECT greatest((SELECT max(number) FROM ingest_commits WHERE run_key = $1),
       (SELECT max(commits) FROM ingest_runs WHERE run_key = $1)) AS n`,
    [runKey],
  );
  return Number(row?.n ?? 0);
}

/** The run ends, or pauses: its row says what the last commit said. */
export async function foldCommits(connection: SqlConnection, { runKey }: RunState): Promise<void> {
  await connection.run(
    `UPDATE ingest_runs r SET cursor = c.cursor, commits = c.number, read_rows = c.read_rows,
       imported_rows = c.imported_rows, refused_rows = c.refused_rows, updated_at = c.committed_at
     FROM (SELECT * FROM ingest_commits WHERE run_key = $1 ORDER BY number DESC LIMIT 1) c WHERE r.run_key = $1`,
    [runKey],
  );
  await connection.run('DELETE FROM ingest_commits WHERE run_key = ?', [runKey]);
}

export function commitLost(): DataVisError {
  return new DataVisError(
    'DATAVIS_CATALOG_COMMIT_LOST',
    'The database acknowledged a commit and did not store it',
    { hint: 'Import again: it goes on from the last commit that was stored.' },
  );
}
