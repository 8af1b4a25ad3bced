import type { CallOptions, SqlConnection } from '@datavis/plugin-sdk';
import { promotedFields, type PromotedField } from '../catalog/promoted-fields.js';
import { queryError } from './errors.js';

const MOST_FREQUENT = 20;

/** Integers beyond 2^53 are rounded here; rows have them exactly. */
type FieldValue = string | number | boolean;

/** What a promoted field holds in one dataset. */
export interface FieldStats {
  readonly field: PromotedField;
  readonly values: number;
  /** Records without a value. */
  readonly missing: number;
  readonly distinct: number;
  /** Of texts by their UTF-8 bytes; `null` where there are no values. */
  readonly min: FieldValue | null;
  readonly max: FieldValue | null;
  /** Numbers only. */
  readonly mean: number | null;
  /** The most frequent values, at most 20. */
  readonly top: readonly { readonly value: FieldValue; readonly count: number }[];
}

/** @throws `DATAVIS_CATALOG_FILTER` where the field is not promoted. */
export async function fieldStats(
  connection: SqlConnection,
  datasetKey: bigint,
  { table, name }: Pick<PromotedField, 'table' | 'name'>,
  call: CallOptions,
): Promise<FieldStats> {
  const field = (await promotedFields(connection)).find((one) => one.table === table && one.name === name);
  if (field === undefined) {
    throw queryError('DATAVIS_CATALOG_FILTER', `No field of ${table} was promoted as ${JSON.stringify(name)}`);
  }
  const { column, type } = field;
  const numeric = type === 'integer' || type === 'number';
  const [row = {}] = await connection.all(
    `SELECT count(*) AS records, count(${column}) AS filled, count(DISTINCT ${column}) AS different,
       min(${column}) AS least, max(${column}) AS greatest, ${numeric ? `avg(${column})` : 'NULL'} AS mean
     FROM ${table} WHERE dataset_key = ?`,
    [datasetKey],
    call,
  );
  const top = await connection.all<{ value: unknown; count: bigint }>(
    `SELECT ${column} AS value, count(*) AS count FROM ${table} WHERE dataset_key = ? AND ${column} IS NOT NULL
     GROUP BY ALL ORDER BY count DESC, value LIMIT ${MOST_FREQUENT}`,
    [datasetKey],
    call,
  );
  const values = Number(row['filled']);
  return {
    field,
    values,
    missing: Number(row['records']) - values,
    distinct: Number(row['different']),
    min: plain(row['least']),
    max: plain(row['greatest']),
    mean: row['mean'] as number | null,
    top: top.map(({ value, count }) => ({ value: plain(value) ?? '', count: Number(count) })),
  };
}

function plain(value: unknown): FieldValue | null {
  return typeof value === 'bigint' ? Number(value) : ((value ?? null) as FieldValue | null);
}
