import type { CocoCursor, SqlConnection } from '@datavis/plugin-sdk';
import type { Difference } from './difference.js';
import { insertRows, rowsAsTable } from './insert-rows.js';
import { placeOf } from './known-sources.js';
import type { LinkReport } from './link.js';
import type { RunState, SourceSpec } from './source-spec.js';

export interface SourceRun {
  readonly spec: SourceSpec;
  readonly run: RunState;
}

/**
 * Rows of new sources and their runs, all of one dataset, and of dataset and splits, as far as they are not there yet.
 */
export async function storeRuns(
  connection: SqlConnection,
  runs: readonly [SourceRun, ...SourceRun[]],
): Promise<void> {
  const [{ spec, run: first }] = runs;
  const { datasetKey } = first;
  await connection.run(
    `INSERT INTO datasets SELECT $1, $2, $3, $4::TIMESTAMP
     WHERE NOT EXISTS (SELECT 1 FROM datasets WHERE dataset_key = $1)`,
    [datasetKey, spec.dataset, spec.rootUri, first.startedAt.toISOString()],
  );
  const splits = new Map(runs.map((one) => [one.run.splitKey, one.spec.split]));
  for (const [splitKey, split] of splits) {
    if (splitKey === null) continue;
    await connection.run(
      `INSERT INTO splits SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM splits WHERE split_key = $1)`,
      [splitKey, datasetKey, split],
    );
  }
  const of = <T>(value: (one: SourceRun) => T): T[] => runs.map(value);
  const keys = {
    source_key: ['BIGINT', of(({ run }) => run.sourceKey)],
    dataset_key: ['BIGINT', of(({ run }) => run.datasetKey)],
  } as const;
  await insertRows(connection, 'sources', {
    ...keys,
    split_key: ['BIGINT', of(({ run }) => run.splitKey)],
    uri: ['VARCHAR', of((one) => one.spec.uri)],
    kind: ['VARCHAR', of((one) => one.spec.kind)],
    state: ['VARCHAR', of(() => 'partial')],
    ...versionColumns(of((one) => one.spec)),
  });
  await insertRows(connection, 'ingest_runs', {
    ...keys,
    run_key: ['BIGINT', of(({ run }) => run.runKey)],
    state: ['VARCHAR', of(() => 'running')],
    commits: ['BIGINT', of(() => 0)],
    started_at: ['TIMESTAMP', of(({ run }) => run.startedAt.toISOString())],
  });
}

/** Which versions of files the rows of sources are of, and where their pictures are. */
function versionColumns(specs: readonly SourceSpec[]) {
  return {
    version: ['VARCHAR', specs.map(({ version }) => version)],
    size_bytes: ['BIGINT', specs.map(({ sizeBytes }) => sizeBytes)],
    head_checksum: ['VARCHAR', specs.map(({ headChecksum }) => headChecksum)],
    settings: ['VARCHAR', specs.map(({ settings }) => settings)],
    media_root: ['VARCHAR', specs.map((spec) => placeOf(spec).root)],
    media_prefixes: ['VARCHAR', specs.map((spec) => placeOf(spec).prefixes)],
    masks_prefix: ['VARCHAR', specs.map((spec) => placeOf(spec).masks)],
  } as const;
}

/** An attempt is gone on with, on the file as it is now. */
export async function storeVersion(connection: SqlConnection, { spec, run }: SourceRun): Promise<void> {
  const columns = versionColumns([spec]);
  const { sql, params } = rowsAsTable(columns);
  const set = Object.keys(columns).map((name) => `${name} = n.${name}`);
  await connection.run(
    `UPDATE sources SET ${set.join(', ')}, checksum = NULL FROM ${sql} n WHERE source_key = $${params.length + 1}`,
    [...params, run.sourceKey],
  );
  await connection.run(`UPDATE ingest_runs SET state = 'running' WHERE run_key = ?`, [run.runKey]);
}

export interface FinishedSource {
  readonly run: RunState;
  readonly cursor: CocoCursor;
  /** See KnownSource. */
  readonly checksum: string | null;
  readonly elapsedMs: number;
  readonly report: LinkReport & { readonly difference?: Difference | undefined };
}

/** Sources that are linked are whole. */
export async function finishSources(
  connection: SqlConnection,
  finished: readonly Pick<FinishedSource, 'run' | 'cursor' | 'checksum'>[],
): Promise<void> {
  const { sql, params } = rowsAsTable({
    source_key: ['BIGINT', finished.map(({ run }) => run.sourceKey)],
    sections: ['VARCHAR', finished.map(({ cursor }) => JSON.stringify(cursor.sections))],
    checksum: ['VARCHAR', finished.map(({ checksum }) => checksum)],
  });
  await connection.run(
    `UPDATE sources SET state = 'done', sections = n.sections, checksum = n.checksum
     FROM ${sql} n WHERE sources.source_key = n.source_key`,
    params,
  );
}

/** Their runs are over. */
export async function finishRuns(connection: SqlConnection, finished: readonly FinishedSource[]): Promise<void> {
  const sum = (of: 'read' | 'imported' | 'refused') =>
    ['BIGINT', finished.map(({ cursor }) => cursor.sections.reduce((n, section) => n + section[of], 0))] as const;
  const { sql, params } = rowsAsTable({
    run_key: ['BIGINT', finished.map(({ run }) => run.runKey)],
    cursor: ['VARCHAR', finished.map(({ cursor }) => JSON.stringify(cursor))],
    report: ['VARCHAR', finished.map(({ report }) => JSON.stringify(report))],
    elapsed_ms: ['DOUBLE', finished.map(({ elapsedMs }) => elapsedMs)],
    read_rows: sum('read'),
    imported_rows: sum('imported'),
    refused_rows: sum('refused'),
  });
  await connection.run(
    `UPDATE ingest_runs SET state = 'done', cursor = n.cursor, report = n.report, elapsed_ms = n.elapsed_ms,
       read_rows = n.read_rows, imported_rows = n.imported_rows, refused_rows = n.refused_rows,
       commits = greatest(commits, 1), ended_at = now()::TIMESTAMP, updated_at = now()::TIMESTAMP, error = NULL
     FROM ${sql} n WHERE ingest_runs.run_key = n.run_key`,
    params,
  );
}
