import type { Column, Int64Column, PluginTable, SqlConnection, TableBatch } from '@datavis/plugin-sdk';
import { denseKeys } from '@datavis/storage';
import { isFixed, type ArrayPool } from './array-pool.js';
import { ANNOTATION_COLUMNS, annotationColumn } from './annotation-columns.js';
import type { BatchState } from './batch-state.js';
import { PluginError } from './errors.js';
import { keepRows } from './keep-rows.js';
import { encodeTexts } from './encode-values.js';
import type { Carrier } from './output-carriers.js';
import type { Drop } from './run-account.js';

/** What is stored of one batch beside its core rows. */
export interface PluginShare {
  readonly sourceKey: bigint;
  readonly state: BatchState;
  /** Rows of the batch that are imported. */
  readonly kept: readonly number[];
  readonly drops: readonly Drop[];
  /** Where the arrays of outputs come from. */
  readonly pool: ArrayPool;
}

/**
 * Stores the columns that plugins computed, and what they dropped, inside the caller's transaction.
 *
 * @param firstKey - For annotations: the annotation_key of the first kept row, the others follow densely.
 */
export async function storeBatch(connection: SqlConnection, share: PluginShare, firstKey: bigint): Promise<void> {
  const { state, kept, drops, sourceKey } = share;
  if (kept.length > 0 && state.outputs.size > 0) {
    if (state.source.table === 'annotations') await storeAnnotations(connection, share, firstKey);
    else await storeIncoming(connection, share);
  }
  if (drops.length > 0) await storeDrops(connection, sourceKey, state.source, drops);
}

async function storeAnnotations(
  connection: SqlConnection,
  { state, kept, sourceKey, pool }: PluginShare,
  firstKey: bigint,
): Promise<void> {
  assertHeld(state);
  const { length } = kept;
  const keys = denseKeys(firstKey, length, pool.take('i64', length));
  const source: Column = { type: 'i64', values: pool.take('i64', length).fill(sourceKey) };
  const columns: Record<string, Column> = { annotation_key: keys, source_key: source };
  const used: Column[] = [keys, source];
  for (const { namespace, name, column } of state.written) {
    columns[annotationColumn(namespace, name)] = keptOf(column, state, kept);
    if (!state.lent.has(column)) used.push(column);
  }
  await connection.append(ANNOTATION_COLUMNS, columns, length, () => {
    for (const column of used) giveBack(pool, column);
  });
}

function giveBack(pool: ArrayPool, column: Column): void {
  if (isFixed(column.type) && 'values' in column) pool.give(column.type, column.values);
}

async function storeIncoming(connection: SqlConnection, { state, kept, sourceKey }: PluginShare): Promise<void> {
  assertHeld(state);
  const { table, columns: core } = state.source;
  const place = { idx: keepRows(core.index, kept), source_key: constantKeys(sourceKey, kept.length) };
  for (const [namespace, outputs] of state.outputs) {
    const columns = [...outputs].map(([name, column]) => [name, keptOf(column, state, kept)] as const);
    const target = `plg_${namespace}.${table}_incoming`;
    await connection.append(target, { ...place, ...Object.fromEntries(columns) }, kept.length);
  }
}

function keptOf(column: Column, state: BatchState, kept: readonly number[]): Column {
  return kept.length === state.length ? column : keepRows(column, kept);
}

/** To read memory that is gone would end the process. */
function assertHeld({ handedOut, length, written }: BatchState): void {
  for (const { namespace, carrier } of handedOut) if (isGone(carrier)) refuseLost(namespace);
  for (const { namespace, column } of written) {
    if (('offsets' in column ? column.offsets : column.values).length < length) refuseLost(namespace);
  }
}

function refuseLost(plugin: string): never {
  const message = `${plugin} has transferred the memory of an output column away, after its hook`;
  throw new PluginError('DATAVIS_PLUGIN_OUTPUT', message, { plugin });
}

/** What is stored is a copy; a plugin that does this with its own array has a mistake that its author should hear of. */
function isGone(carrier: Carrier): boolean {
  return ArrayBuffer.isView(carrier) && carrier.length === 0;
}

async function storeDrops(
  connection: SqlConnection,
  sourceKey: bigint,
  source: TableBatch<PluginTable>,
  drops: readonly Drop[],
): Promise<void> {
  const ordered = [...drops].sort((a, b) => a.row - b.row);
  const rows = ordered.map(({ row }) => row);
  const text = (values: readonly string[]): Column => ({
    type: 'utf8',
    ...encodeTexts(values, values.length, new Set()),
  });
  await connection.append(
    '_datavis.plugin_drops',
    {
      source_key: constantKeys(sourceKey, rows.length),
      section: text(rows.map(() => source.section)),
      idx: keepRows(source.columns.index, rows),
      id: keepRows(source.columns.id, rows),
      id_text: keepRows(source.columns.id_text, rows),
      reason: text(ordered.map(({ reason }) => reason)),
    },
    rows.length,
  );
}

function constantKeys(key: bigint, length: number): Int64Column {
  return { type: 'i64', values: new BigInt64Array(length).fill(key) };
}
