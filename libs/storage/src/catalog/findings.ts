import type { Finding, SqlConnection } from '@datavis/plugin-sdk';
import type { RunState } from './source-spec.js';

type RunKeys = Pick<RunState, 'runKey' | 'datasetKey' | 'sourceKey'>;

/** Stores samples. Counts are stored once, at the end: see {@link storeFindingCounts}. */
export async function storeFindings(
  connection: SqlConnection,
  run: RunKeys,
  findings: readonly Finding[],
): Promise<void> {
  if (findings.length === 0) return;
  const column = <T>(of: (finding: Finding) => T | undefined): (T | null)[] => findings.map((f) => of(f) ?? null);
  await connection.run(
    `INSERT INTO findings SELECT $1, $2, $3, unnest($4::VARCHAR[]), unnest($5::VARCHAR[]), unnest($6::VARCHAR[]),
       unnest($7::VARCHAR[]), unnest($8::INTEGER[]), unnest($9::BIGINT[]), unnest($10::VARCHAR[]), unnest($11::VARCHAR[])`,
    [
      run.runKey,
      run.datasetKey,
      run.sourceKey,
      column((f) => f.code),
      column((f) => f.severity),
      column((f) => f.message),
      column((f) => f.section),
      column((f) => f.index),
      column((f) => f.byteOffset),
      column((f) => f.id),
      column((f) => f.sample),
    ],
  );
}

/** Exact counts by code of one source; replaces those of an earlier attempt. */
export async function storeFindingCounts(
  connection: SqlConnection,
  run: RunKeys,
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  await connection.run('DELETE FROM finding_counts WHERE run_key = ?', [run.runKey]);
  const codes = Object.keys(counts);
  if (codes.length === 0) return;
  await connection.run(
    `INSERT INTO finding_counts SELECT $1, $2, $3, c.code, any_value(f.severity), any_value(c.n)
     FROM (SELECT unnest($4::VARCHAR[]) AS code, unnest($5::BIGINT[]) AS n) c
     LEFT JOIN findings f ON f.run_key = $1 AND f.code = c.code GROUP BY c.code`,
    [run.runKey, run.datasetKey, run.sourceKey, codes, codes.map((code) => counts[code] ?? 0)],
  );
}
