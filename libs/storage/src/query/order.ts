import type { CallOptions, SqlConnection } from '@datavis/plugin-sdk';
import { promotedFields, type PromotedType } from '../catalog/promoted-fields.js';
import type { RecordTable } from './compile-filter.js';
import { queryError } from './errors.js';

type Kind = 'text' | 'number' | 'integer' | 'boolean';

/** Orders that every catalog has, and the column each is by; `-` before the name is descending. */
const ORDERS: Readonly<Record<RecordTable, Readonly<Record<string, Kind>>>> = {
  images: { key: 'integer', file_name: 'text', width: 'number', height: 'number' },
  // By image: the boxes of an image beside each other, as an optimised catalog has them on the disk.
  annotations: { key: 'integer', image: 'integer', area: 'number', score: 'number' },
};
const COLUMNS: Readonly<Record<string, string>> = { image: 'image_key' };

/** Orders of a table, for messages and descriptions. Promoted fields are orders too, as `extra.NAME`. */
export const SORTS: Readonly<Record<RecordTable, readonly string[]>> = {
  images: both(ORDERS.images),
  annotations: both(ORDERS.annotations),
};

function both(orders: Readonly<Record<string, Kind>>): string[] {
  return Object.keys(orders).flatMap((name) => [name, `-${name}`]);
}

/** An order that was looked up, so that its column may stand in a statement. */
export interface Order {
  /** As asked for. */
  readonly sort: string;
  /** Undefined: by the rows' keys alone. */
  readonly column: string | undefined;
  readonly kind: Kind;
  readonly descending: boolean;
}

/** @throws `DATAVIS_CATALOG_FILTER` for an order that there is not. */
export async function findOrder(
  connection: SqlConnection,
  table: RecordTable,
  sort = 'key',
  call: CallOptions = {},
): Promise<Order> {
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  const kind = Object.hasOwn(ORDERS[table], name) ? ORDERS[table][name] : undefined;
  if (kind !== undefined) {
    return { sort, column: name === 'key' ? undefined : (COLUMNS[name] ?? name), kind, descending };
  }
  call.signal?.throwIfAborted();
  const promoted = name.startsWith('extra.')
    ? (await promotedFields(connection)).find((one) => one.table === table && `extra.${one.name}` === name)
    : undefined;
  if (promoted === undefined) {
    throw queryError('DATAVIS_CATALOG_FILTER', `There is no order ${JSON.stringify(sort.slice(0, 100))}`, {
      hint: `There are ${SORTS[table].join(', ')}, and extra.NAME for promoted fields.`,
    });
  }
  return { sort, column: promoted.column, kind: promoted.type satisfies PromotedType, descending };
}

/** What a cursor holds of a row's value: JSON has no 64-bit integers. */
export function cursorValue(
  { column }: Order,
  row: Readonly<Record<string, unknown>>,
): string | number | null | undefined {
  if (column === undefined) return undefined;
  const value = row[column] ?? null;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return value as string | number | null;
}

/** The value to compare with; undefined where the cursor's is none of this order's. */
export function boundValue(
  { kind }: Order,
  value: string | number,
): string | number | bigint | boolean | undefined {
  if (kind === 'number') return typeof value === 'number' ? value : undefined;
  if (typeof value !== 'string') return undefined;
  if (kind === 'integer') return toInt64(value);
  if (kind === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined;
  return value;
}

/** Undefined for what is no integer of 64 bits, as no column holds it. */
function toInt64(text: string): bigint | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
