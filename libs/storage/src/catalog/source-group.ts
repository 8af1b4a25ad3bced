import type { CocoBatch, CocoCursor, Column, Finding, SqlConnection } from '@datavis/plugin-sdk';
import { assertStored } from './account.js';
import type { MeasureMask } from './derive-shapes.js';
import { storeFindings } from './findings.js';
import { linkSources, scopeOf, type LinkReport } from './link.js';
import { constantText, dense } from './row-columns.js';
import { commitLost } from './run-commits.js';
import { newRuns, nextKey } from './runs.js';
import type { RunState, SourceSpec } from './source-spec.js';
import { finishRuns, finishSources, storeRuns } from './store-runs.js';

/** A small source that was read as a whole, and that the catalog does not have. */
export interface ReadSource {
  readonly spec: SourceSpec;
  readonly startedAt: Date;
  readonly batches: readonly CocoBatch[];
  /** Behind the last record. */
  readonly cursor: CocoCursor;
  /** Findings that no batch carries. */
  readonly trailingFindings: readonly Finding[];
  /** See KnownSource. */
  readonly checksum: string | null;
  /** Of reading it. */
  readonly elapsedMs: number;
}

export interface StoredSource extends LinkReport {
  readonly runKey: bigint;
}

/**
 * Stores sources of one dataset in one transaction: rows, cursors, links, checks. The tables are the same as if they had
 * been stored one after the other; a source by itself costs some forty statements and two commits beside its rows.
 */
export async function storeGroup(
  connection: SqlConnection,
  sources: readonly [ReadSource, ...ReadSource[]],
  measureMask: MeasureMask | undefined,
): Promise<StoredSource[]> {
  const stored = await connection.transaction(async () => {
    const group = await newRuns(connection, sources[0].spec.dataset, sources);
    await storeRuns(connection, group);
    await appendBatches(connection, group);
    await storeFindings(
      connection,
      group.map(({ run, batches, trailingFindings }) => ({
        run,
        findings: [...batches.flatMap(({ findings }) => findings), ...trailingFindings],
      })),
    );
    const linked = await linkSources(connection, group, { measureMask, uniqueIds: [] });
    const cursors = new Map(group.map(({ run, cursor }) => [run.sourceKey, cursor]));
    await assertStored(connection, scopeOf(group), cursors);
    await finishSources(connection, linked);
    await finishRuns(connection, linked);
    return linked.map(({ run, report }) => ({ ...report, runKey: run.runKey }));
  });
  await assertCommitted(connection, stored);
  return stored;
}

/** Records wait in incoming_images and incoming_categories; the link step gives keys to all. */
async function appendBatches(
  connection: SqlConnection,
  sources: readonly { readonly run: RunState; readonly batches: readonly CocoBatch[] }[],
): Promise<void> {
  let nextAnnotation = await nextKey(connection, 'annotations', 'annotation_key');
  for (const { run, batches } of sources) {
    for (const { table, section, length, columns } of batches) {
      if (length === 0) continue;
      const { index, ...rest } = columns;
      const record = { ...rest, idx: index, source_key: same(run.sourceKey, length) };
      if (table === 'annotations') {
        const keys = { annotation_key: dense(nextAnnotation, length), dataset_key: same(run.datasetKey, length) };
        await connection.append(table, { ...record, ...keys }, length);
        nextAnnotation += BigInt(length);
      } else if (table === 'records') {
        await connection.append(table, { ...record, section: constantText(section, length) }, length);
      } else {
        await connection.append(`incoming_${table}`, record, length);
      }
    }
  }
}

const same = (value: bigint, rows: number): Column => ({
  type: 'i64',
  values: new BigInt64Array(rows).fill(value),
});

/** A COMMIT that returned normally is believed only when its rows are read back. */
async function assertCommitted(connection: SqlConnection, stored: readonly StoredSource[]): Promise<void> {
  const [row] = await connection.all<{ n: bigint }>(
    'SELECT count(*) AS n FROM ingest_runs WHERE run_key IN (SELECT unnest($1::BIGINT[]))',
    [stored.map(({ runKey }) => runKey)],
  );
  if (row?.n !== BigInt(stored.length)) throw commitLost();
}
