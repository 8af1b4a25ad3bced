import type { CocoCursor, SqlConnection } from '@datavis/plugin-sdk';
import type { KnownSource, RunState, SourceSpec, SourceStart } from './source-spec.js';

/** Next free value of a row key. One writer: nobody else takes one meanwhile. */
export async function nextKey(connection: SqlConnection, table: string, column: string): Promise<bigint> {
  const [row] = await connection.all<{ next: bigint }>(
    `SELECT coalesce(max(${column}), 0)::BIGINT + 1 AS next FROM ${table}`,
  );
  return row?.next ?? 1n;
}

interface SourceRow extends Readonly<Record<string, unknown>> {
  readonly source_key: bigint;
  readonly dataset_key: bigint;
  readonly split_key: bigint | null;
  readonly version: string;
  readonly size_bytes: bigint;
  readonly state: 'partial' | 'done';
}

interface RunRow extends Readonly<Record<string, unknown>> {
  readonly run_key: bigint;
  readonly state: string;
  readonly cursor: string | null;
  readonly started_at: Date;
}

async function knownSources(connection: SqlConnection, spec: SourceSpec): Promise<KnownSource[]> {
  const rows = await connection.all<SourceRow>(
    `SELECT s.source_key, s.dataset_key, s.split_key, s.version, s.size_bytes, s.state
     FROM sources s JOIN datasets d USING (dataset_key) LEFT JOIN splits p USING (split_key)
     WHERE d.name = $1 AND s.uri = $2 AND p.name IS NOT DISTINCT FROM $3::VARCHAR ORDER BY s.source_key DESC`,
    [spec.dataset, spec.uri, spec.split],
  );
  return rows.map((row) => ({
    sourceKey: row.source_key,
    datasetKey: row.dataset_key,
    splitKey: row.split_key,
    version: row.version,
    sizeBytes: Number(row.size_bytes),
    state: row.state,
  }));
}

async function lastRun(connection: SqlConnection, sourceKey: bigint): Promise<RunRow | undefined> {
  const [run] = await connection.all<RunRow>(
    `SELECT run_key, state, cursor, started_at FROM ingest_runs WHERE source_key = ? ORDER BY run_key DESC LIMIT 1`,
    [sourceKey],
  );
  return run;
}

/** Keys for a source that is not in the catalog; its dataset and split may be. */
async function newRun(connection: SqlConnection, spec: SourceSpec, startedAt: Date): Promise<RunState> {
  const [dataset] = await connection.all<{ key: bigint }>(
    'SELECT dataset_key AS key FROM datasets WHERE name = ?',
    [spec.dataset],
  );
  const datasetKey = dataset?.key ?? (await nextKey(connection, 'datasets', 'dataset_key'));
  const [split] = await connection.all<{ key: bigint }>(
    'SELECT split_key AS key FROM splits WHERE dataset_key = $1 AND name = $2::VARCHAR',
    [datasetKey, spec.split],
  );
  return {
    runKey: await nextKey(connection, 'ingest_runs', 'run_key'),
    sourceKey: await nextKey(connection, 'sources', 'source_key'),
    datasetKey,
    splitKey: spec.split === null ? null : (split?.key ?? (await nextKey(connection, 'splits', 'split_key'))),
    cursor: undefined,
    startedAt,
    stored: false,
  };
}

/**
 * What the catalog knows of a source: nothing, a part of it that can be gone on with, all of it, or another version of it.
 * Writes nothing: a source leaves no trace before its first rows do.
 */
export async function startSource(
  connection: SqlConnection,
  spec: SourceSpec,
  startedAt: Date,
): Promise<SourceStart> {
  const known = await knownSources(connection, spec);
  const reading = known.find(({ state }) => state === 'partial');
  if (reading !== undefined && reading.version === spec.version && reading.sizeBytes === spec.sizeBytes) {
    const run = await lastRun(connection, reading.sourceKey);
    if (run !== undefined) {
      const cursor = run.cursor === null ? undefined : (JSON.parse(run.cursor) as CocoCursor);
      return {
        state: 'resumed',
        run: { ...reading, runKey: run.run_key, cursor, startedAt: run.started_at, stored: true },
      };
    }
  }
  const previous = reading ?? known.find(({ state }) => state === 'done');
  if (previous === undefined) return { state: 'new', run: await newRun(connection, spec, startedAt) };
  if (reading === undefined && previous.version === spec.version && previous.sizeBytes === spec.sizeBytes) {
    const run = await lastRun(connection, previous.sourceKey);
    return { state: 'unchanged', source: previous, runKey: run?.run_key ?? 0n };
  }
  return { state: 'changed', run: await newRun(connection, spec, startedAt), previous };
}

/** Rows of the dataset, the split, the source and the run, as far as they are not there yet. */
export async function storeRun(connection: SqlConnection, spec: SourceSpec, run: RunState): Promise<void> {
  const { datasetKey, splitKey, sourceKey, runKey } = run;
  await connection.run(
    `INSERT INTO datasets SELECT $1, $2, $3, $4::TIMESTAMP
     WHERE NOT EXISTS (SELECT 1 FROM datasets WHERE dataset_key = $1)`,
    [datasetKey, spec.dataset, spec.rootUri, run.startedAt.toISOString()],
  );
  if (splitKey !== null) {
    await connection.run(
      `INSERT INTO splits SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM splits WHERE split_key = $1)`,
      [splitKey, datasetKey, spec.split],
    );
  }
  await connection.run(
    `INSERT INTO sources (source_key, dataset_key, split_key, uri, kind, version, size_bytes, state)
     VALUES (?, ?, ?::BIGINT, ?, ?::VARCHAR, ?, ?, 'partial')`,
    [sourceKey, datasetKey, splitKey, spec.uri, spec.kind, spec.version, spec.sizeBytes],
  );
  await connection.run(
    `INSERT INTO ingest_runs (run_key, source_key, dataset_key, state, commits, started_at)
     VALUES (?, ?, ?, 'running', 0, ?::TIMESTAMP)`,
    [runKey, sourceKey, datasetKey, run.startedAt.toISOString()],
  );
}
