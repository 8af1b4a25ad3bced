import type { Column, Int64Column, PluginTable, SqlConnection, TableBatch } from '@datavis/plugin-sdk';
import { ANNOTATION_COLUMNS, annotationColumn } from './annotation-columns.js';
import type { BatchState } from './batch-state.js';
import { PluginError } from './errors.js';
import { keepRows } from './keep-rows.js';
import { encodeTexts } from './encode-values.js';
import type { Drop } from './run-account.js';

/** What is stored of one batch beside its core rows. */
export interface PluginShare {
  readonly sourceKey: bigint;
  readonly state: BatchState;
  /** Rows of the batch that are imported. */
  readonly kept: readonly number[];
  readonly drops: readonly Drop[];
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
  { state, kept, sourceKey }: PluginShare,
  firstKey: bigint,
): Promise<void> {
  const { length } = kept;
  const columns: Record<string, Column> = {
    annotation_key: denseKeys(firstKey, length),
    source_key: constantKeys(sourceKey, length),
  };
  for (const [namespace, outputs] of state.outputs) {
    for (const [name, column] of outputs) {
      columns[annotationColumn(namespace, name)] = keptOf(namespace, column, state, kept);
    }
  }
  await connection.append(ANNOTATION_COLUMNS, columns, length);
}

async function storeIncoming(connection: SqlConnection, { state, kept, sourceKey }: PluginShare): Promise<void> {
  const { table, columns: core } = state.source;
  const place = { idx: keepRows(core.index, kept), source_key: constantKeys(sourceKey, kept.length) };
  for (const [namespace, outputs] of state.outputs) {
    const columns = [...outputs].map(([name, column]) => [name, keptOf(namespace, column, state, kept)] as const);
    const target = `plg_${namespace}.${table}_incoming`;
    await connection.append(target, { ...place, ...Object.fromEntries(columns) }, kept.length);
  }
}

function keptOf(namespace: string, column: Column, state: BatchState, kept: readonly number[]): Column {
  const array = 'offsets' in column ? column.offsets : column.values;
  if (array.length < state.length) {
    // The plugin has kept the array that it filled: to read memory that is gone would end the process.
    const message = `${namespace} has transferred the memory of an output column away, after its hook`;
    throw new PluginError('DATAVIS_PLUGIN_OUTPUT', message, { plugin: namespace });
  }
  return kept.length === state.length ? column : keepRows(column, kept);
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

/** Written as halves of 32 bits: a BigInt a row would cost more than the rest of the batch. */
function denseKeys(first: bigint, length: number): Int64Column {
  const values = new BigInt64Array(length);
  const halves = new Uint32Array(values.buffer);
  const from = Number(first);
  for (let row = 0; row < length; row++) {
    halves[2 * row] = from + row;
    halves[2 * row + 1] = (from + row) / 2 ** 32;
  }
  return { type: 'i64', values };
}
