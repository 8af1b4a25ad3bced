import type { CallOptions, SqlConnection, SqlRow } from '@datavis/plugin-sdk';
import { all } from './conditions.js';
import { decodeCursor, encodeCursor } from './cursor.js';

export interface FindingRequest {
  readonly code?: string;
  readonly severity?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface FindingPage {
  /** Columns of `findings`, and the URI of the `source`. */
  readonly rows: readonly SqlRow[];
  readonly next: string | null;
  /** Exact number by code, over the last run of each source; the rows are samples. */
  readonly counts: Readonly<Record<string, number>>;
}

export async function readFindings(
  connection: SqlConnection,
  datasetKey: bigint,
  { code, severity, limit, cursor }: FindingRequest,
  call: CallOptions,
): Promise<FindingPage> {
  const { sql, params } = all([
    { sql: 'f.dataset_key = ?', params: [datasetKey] },
    ...(code === undefined ? [] : [{ sql: 'f.code = ?', params: [code] }]),
    ...(severity === undefined ? [] : [{ sql: 'f.severity = ?', params: [severity] }]),
    ...(cursor === undefined ? [] : [{ sql: 'f.rowid > ?', params: [decodeCursor(cursor, 'row').key] }]),
  ]);
  const rows = await connection.all<SqlRow & { row: bigint }>(
    `SELECT f.*, f.rowid AS row, s.uri AS source FROM findings f LEFT JOIN sources s ON s.source_key = f.source_key
     WHERE ${sql} ORDER BY f.rowid LIMIT ?`,
    [...params, limit + 1],
    call,
  );
  const counts = await connection.all<{ code: string; count: bigint }>(
    `SELECT code, sum(count)::BIGINT AS count FROM finding_counts f WHERE dataset_key = ? AND run_key =
       (SELECT max(run_key) FROM finding_counts g WHERE g.source_key = f.source_key) GROUP BY code ORDER BY code`,
    [datasetKey],
    call,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page,
    next: rows.length <= limit || last === undefined ? null : encodeCursor({ sort: 'row', key: last.row }),
    counts: Object.fromEntries(counts.map((row) => [row.code, Number(row.count)])),
  };
}
