import type { CocoCursor, SqlConnection } from '@datavis/plugin-sdk';
import { findUnchanged, isSame, lookUpSources } from './known-sources.js';
import type { BeginsWith, Each, KnownSource, RunState, SourceSpec, SourceStart } from './source-spec.js';

const KEYS = [
  ['images', 'image_key'],
  ['categories', 'category_key'],
  ['annotations', 'annotation_key'],
  ['sources', 'source_key'],
] as const;

/** Next free value of a row key. One writer: nobody else takes one meanwhile. */
export async function nextKey(connection: SqlConnection, table: string, column: string): Promise<bigint> {
  const [row] = await connection.all<{ next: bigint }>(
    `SELECT greatest(coalesce(max(${column}), 0)::BIGINT + 1,
       (SELECT coalesce(max(next_key), 1) FROM key_sequences WHERE name = ?)) AS next FROM ${table}`,
    [column],
  );
  return row?.next ?? 1n;
}

/** Remembers the keys given so far, before rows are removed: a key that others may know is never given again. */
export async function reserveKeys(connection: SqlConnection): Promise<void> {
  for (const [table, column] of KEYS) {
    const next = await nextKey(connection, table, column);
    await connection.run('DELETE FROM key_sequences WHERE name = ?', [column]);
    await connection.run('INSERT INTO key_sequences VALUES (?, ?)', [column, next]);
  }
}

interface RunRow extends Readonly<Record<string, unknown>> {
  readonly run_key: bigint;
  readonly state: string;
  readonly cursor: string | null;
  readonly started_at: Date;
}

async function lastRun(connection: SqlConnection, sourceKey: bigint): Promise<RunRow | undefined> {
  const [run] = await connection.all<RunRow>(
    `SELECT run_key, state, started_at, coalesce((SELECT arg_max(c.cursor, c.number) FROM ingest_commits c
       WHERE c.run_key = r.run_key), cursor) AS cursor
     FROM ingest_runs r WHERE source_key = ? ORDER BY run_key DESC LIMIT 1`,
    [sourceKey],
  );
  return run;
}

/** A source that is not in the catalog. */
export interface NewSource {
  readonly spec: SourceSpec;
  readonly startedAt: Date;
}

/** Keys for sources of one dataset that are not in the catalog; the dataset and the splits may be. Writes nothing. */
export async function newRuns<Sources extends readonly NewSource[]>(
  connection: SqlConnection,
  dataset: string,
  sources: Sources,
): Promise<Each<Sources, { readonly run: RunState }>> {
  const [known] = await connection.all<{ key: bigint }>('SELECT dataset_key AS key FROM datasets WHERE name = ?', [
    dataset,
  ]);
  const datasetKey = known?.key ?? (await nextKey(connection, 'datasets', 'dataset_key'));
  const splits = await connection.all<{ name: string; key: bigint }>(
    'SELECT name, split_key AS key FROM splits WHERE dataset_key = $1',
    [datasetKey],
  );
  const splitKeys = new Map<string | null, bigint | null>([
    [null, null],
    ...splits.map(({ name, key }) => [name, key] as const),
  ]);
  let nextSplit = await nextKey(connection, 'splits', 'split_key');
  const runKey = await nextKey(connection, 'ingest_runs', 'run_key');
  const sourceKey = await nextKey(connection, 'sources', 'source_key');
  const started = sources.map((source, at) => {
    const { split } = source.spec;
    if (!splitKeys.has(split)) splitKeys.set(split, nextSplit++);
    const run: RunState = {
      runKey: runKey + BigInt(at),
      sourceKey: sourceKey + BigInt(at),
      datasetKey,
      splitKey: splitKeys.get(split) ?? null,
      cursor: undefined,
      startedAt: source.startedAt,
      stored: false,
    };
    return { ...source, run };
  });
  // As many as sources, which map() forgets.
  return started as unknown as Each<Sources, { readonly run: RunState }>;
}

/** An attempt that ended early, where it can be gone on with: same file, or one that begins with what was read. */
async function resumable(
  connection: SqlConnection,
  known: KnownSource,
  spec: SourceSpec,
  beginsWith: BeginsWith,
): Promise<RunState | undefined> {
  const run = await lastRun(connection, known.sourceKey);
  if (run === undefined) return undefined;
  if (!isSame(known, spec)) {
    if (known.settings !== spec.settings || known.checksum === null) return undefined;
    if (!(await beginsWith(known.checksum))) return undefined;
  }
  // Written by SourceWriter, so its shape is known. The version is that of the file as it is now.
  const cursor =
    run.cursor === null ? undefined : { ...(JSON.parse(run.cursor) as CocoCursor), sourceVersion: spec.version };
  return { ...known, runKey: run.run_key, cursor, startedAt: run.started_at, stored: true };
}

/**
 * What the catalog knows of a source: nothing, a part of it that can be gone on with, all of it, or another version of it.
 * Writes nothing: a source leaves no trace before its first rows do.
 */
export async function startSource(
  connection: SqlConnection,
  spec: SourceSpec,
  startedAt: Date,
  beginsWith: BeginsWith,
): Promise<SourceStart> {
  const known = (await lookUpSources(connection, spec.dataset, [spec.uri]))(spec);
  const unchanged = await findUnchanged(known, spec, beginsWith);
  if (unchanged !== undefined) return { state: 'unchanged', source: unchanged };
  const done = known.find(({ state }) => state === 'done');
  const partial = known.find(({ state }) => state === 'partial');
  const replaces = done?.sourceKey;
  const resumed = partial && (await resumable(connection, partial, spec, beginsWith));
  if (resumed !== undefined) return { state: 'resumed', run: resumed, replaces, stale: undefined };
  const [{ run }] = await newRuns(connection, spec.dataset, [{ spec, startedAt }] as const);
  return { state: done ? 'changed' : 'new', run, replaces, stale: partial?.sourceKey };
}
