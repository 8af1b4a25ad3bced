import type { CocoCursor, SqlConnection } from '@datavis/plugin-sdk';
import type { BeginsWith, KnownSource, RunState, SourceSpec, SourceStart } from './source-spec.js';

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

interface SourceRow extends Readonly<Record<string, unknown>> {
  readonly source_key: bigint;
  readonly dataset_key: bigint;
  readonly split_key: bigint | null;
  readonly version: string;
  readonly size_bytes: bigint;
  readonly head_checksum: string | null;
  readonly checksum: string | null;
  readonly settings: string | null;
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
    `SELECT s.source_key, s.dataset_key, s.split_key, s.version, s.size_bytes, s.head_checksum,
       s.checksum, s.settings, s.state
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
    headChecksum: row.head_checksum,
    checksum: row.checksum,
    settings: row.settings,
    state: row.state,
  }));
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

function isSame(known: KnownSource, spec: SourceSpec): boolean {
  return known.version === spec.version && isAlike(known, spec);
}

/** All is the same but the version: a file that was touched or copied, or changed in its middle. */
function isAlike({ sizeBytes, headChecksum, settings }: KnownSource, spec: SourceSpec): boolean {
  return sizeBytes === spec.sizeBytes && headChecksum === spec.headChecksum && settings === spec.settings;
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
  const known = await knownSources(connection, spec);
  const done = known.find(({ state }) => state === 'done');
  const partial = known.find(({ state }) => state === 'partial');
  const replaces = done?.sourceKey;
  const unchanged =
    partial === undefined &&
    done !== undefined &&
    (isSame(done, spec) || (isAlike(done, spec) && done.checksum !== null && (await beginsWith(done.checksum))));
  if (unchanged) {
    const run = await lastRun(connection, done.sourceKey);
    return { state: 'unchanged', source: done, runKey: run?.run_key ?? 0n };
  }
  const resumed = partial && (await resumable(connection, partial, spec, beginsWith));
  if (resumed !== undefined) return { state: 'resumed', run: resumed, replaces, stale: undefined };
  const run = await newRun(connection, spec, startedAt);
  return { state: done ? 'changed' : 'new', run, replaces, stale: partial?.sourceKey };
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
    `INSERT INTO sources (source_key, dataset_key, split_key, uri, kind, state) VALUES (?, ?, ?, ?, ?, 'partial')`,
    [sourceKey, datasetKey, splitKey, spec.uri, spec.kind],
  );
  await storeVersion(connection, sourceKey, spec);
  await connection.run(
    `INSERT INTO ingest_runs (run_key, source_key, dataset_key, state, commits, started_at)
     VALUES (?, ?, ?, 'running', 0, ?::TIMESTAMP)`,
    [runKey, sourceKey, datasetKey, run.startedAt.toISOString()],
  );
}

/** Which version of the file the rows of a source are of, and where its pictures are. */
export async function storeVersion(connection: SqlConnection, sourceKey: bigint, spec: SourceSpec): Promise<void> {
  const { version, sizeBytes, headChecksum, settings, media, masksPrefix } = spec;
  await connection.run(
    `UPDATE sources SET version = ?, size_bytes = ?, head_checksum = ?, settings = ?, media_root = ?, media_prefixes = ?,
       masks_prefix = ?, checksum = NULL WHERE source_key = ?`,
    [
      version,
      sizeBytes,
      headChecksum,
      settings,
      media?.root ?? null,
      media === null ? null : JSON.stringify(media.prefixes),
      masksPrefix,
      sourceKey,
    ],
  );
}
