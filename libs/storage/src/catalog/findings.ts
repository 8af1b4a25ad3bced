import type { Finding, SqlConnection } from '@datavis/plugin-sdk';
import type { RunState } from './source-spec.js';

type RunKeys = Pick<RunState, 'runKey' | 'datasetKey' | 'sourceKey'>;

export interface RunFindings {
  readonly run: RunKeys;
  readonly findings: readonly Finding[];
}

/** Stores samples. Counts are stored once, at the end: see {@link storeFindingCounts}. */
export async function storeFindings(connection: SqlConnection, runs: readonly RunFindings[]): Promise<void> {
  const rows = runs.flatMap(({ run, findings }) => findings.map((finding) => ({ run, finding })));
  if (rows.length === 0) return;
  const of = <T>(value: (run: RunKeys) => T): T[] => rows.map(({ run }) => value(run));
  const column = <T>(value: (finding: Finding) => T | undefined): (T | null)[] =>
    rows.map(({ finding }) => value(finding) ?? null);
  await connection.run(
    `INSERT INTO findings SELECT unnest($1::BIGINT[]), unnest($2::BIGINT[]), unnest($3::BIGINT[]), unnest($4::VARCHAR[]),
       unnest($5::VARCHAR[]), unnest($6::VARCHAR[]), unnest($7::VARCHAR[]), unnest($8::INTEGER[]), unnest($9::BIGINT[]),
       unnest($10::VARCHAR[]), unnest($11::VARCHAR[])`,
    [
      of((run) => run.runKey),
      of((run) => run.datasetKey),
      of((run) => run.sourceKey),
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

export type FindingCounts = Readonly<Record<string, number>>;

/** Exact counts by code of sources; replaces those of earlier attempts. */
export async function storeFindingCounts(
  connection: SqlConnection,
  runs: readonly { readonly run: RunKeys; readonly counts: FindingCounts }[],
): Promise<void> {
  await connection.run('DELETE FROM finding_counts WHERE run_key IN (SELECT unnest($1::BIGINT[]))', [
    runs.map(({ run }) => run.runKey),
  ]);
  const rows = runs.flatMap(({ run, counts }) =>
    Object.entries(counts).map(([code, count]) => ({ run, code, count })),
  );
  if (rows.length === 0) return;
  await connection.run(
    `INSERT INTO finding_counts SELECT c.run_key, c.dataset_key, c.source_key, c.code, any_value(f.severity), c.n
     FROM (SELECT unnest($1::BIGINT[]) AS run_key, unnest($2::BIGINT[]) AS dataset_key,
         unnest($3::BIGINT[]) AS source_key, unnest($4::VARCHAR[]) AS code, unnest($5::BIGINT[]) AS n) c
     LEFT JOIN findings f ON f.run_key = c.run_key AND f.code = c.code
     GROUP BY c.run_key, c.dataset_key, c.source_key, c.code, c.n`,
    [
      rows.map(({ run }) => run.runKey),
      rows.map(({ run }) => run.datasetKey),
      rows.map(({ run }) => run.sourceKey),
      rows.map(({ code }) => code),
      rows.map(({ count }) => count),
    ],
  );
}
