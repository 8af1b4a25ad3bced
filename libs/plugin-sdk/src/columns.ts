/**
 * Columns as they cross every border of DataVis: typed arrays in the layout that Apache Arrow and DuckDB share, so a
 * batch is handed between threads by transfer and copied into the database in bulk. No object and no string per value.
 *
 * Arrays may be longer than the batch: only the first `length` rows (and what they refer to) count.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html
 */

/**
 * One bit a row, least significant bit first, 32 rows a word; 1 = the row has a value. Absent = all rows have one.
 * The value slot of a row without a value holds 0 and must not be read as data.
 */
export type Validity = Uint32Array;

interface Nullable {
  readonly validity?: Validity | undefined;
}

/** A whole number of 64 bits a row, exact: ids are of this type. */
export interface Int64Column extends Nullable {
  readonly type: 'i64';
  readonly values: BigInt64Array;
}
/** A whole number of 32 bits a row. */
export interface Int32Column extends Nullable {
  readonly type: 'i32';
  readonly values: Int32Array;
}
/** A number of 64 bits a row: every JSON number but whole ones above 2^53. */
export interface Float64Column extends Nullable {
  readonly type: 'f64';
  readonly values: Float64Array;
}
/** A number of 32 bits a row. */
export interface Float32Column extends Nullable {
  readonly type: 'f32';
  readonly values: Float32Array;
}
/** One byte a row: 0 or 1. */
export interface BoolColumn extends Nullable {
  readonly type: 'bool';
  readonly values: Uint8Array;
}
/** UTF-8 text: row `i` is `bytes[offsets[i] .. offsets[i + 1]]`. `offsets` has `length + 1` entries. */
export interface Utf8Column extends Nullable {
  readonly type: 'utf8';
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}
/** Like {@link Utf8Column}; every value is one JSON text, as found in the source. */
export interface JsonColumn extends Nullable {
  readonly type: 'json';
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}
/** A list of numbers a row: row `i` is `values[offsets[i] .. offsets[i + 1]]`. */
export interface Float64ListColumn extends Nullable {
  readonly type: 'f64[]';
  readonly values: Float64Array;
  readonly offsets: Uint32Array;
}
/**
 * A list of lists of numbers a row, such as the polygons of an annotation. Row `i` owns the parts
 * `offsets[i] .. offsets[i + 1]`; part `p` is `values[partOffsets[p] .. partOffsets[p + 1]]`.
 */
export interface Float64ListListColumn extends Nullable {
  readonly type: 'f64[][]';
  readonly values: Float64Array;
  readonly partOffsets: Uint32Array;
  readonly offsets: Uint32Array;
}
/** A vector of `width` numbers a row, such as an embedding: row `i` is `values[i * width .. (i + 1) * width]`. */
export interface Float32VectorColumn extends Nullable {
  readonly type: 'f32[n]';
  readonly width: number;
  readonly values: Float32Array;
}

/** A column of any type, told apart by `type`. */
export type Column =
  | Int64Column
  | Int32Column
  | Float64Column
  | Float32Column
  | BoolColumn
  | Utf8Column
  | JsonColumn
  | Float64ListColumn
  | Float64ListListColumn
  | Float32VectorColumn;

/** Names of the column types: `i64`, `f32`, `utf8`, … */
export type ColumnType = Column['type'];

/** The column of a given type: `ColumnOf<'i64'>` is {@link Int64Column}. */
export type ColumnOf<T extends ColumnType> = Extract<Column, { readonly type: T }>;

/** Most rows a batch may have: the vector size of DuckDB. */
export const MAX_BATCH_ROWS = 2048;

/** Whether row `row` of a column has a value. */
export function hasValue(column: Column, row: number): boolean {
  const { validity } = column;
  return validity === undefined || ((validity[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
}

const utf8 = new TextDecoder();

/** The text of one row, or `null` where the row has no value. Decodes on each call: keep it out of hot loops. */
export function textAt(column: Utf8Column | JsonColumn, row: number): string | null {
  if (!hasValue(column, row)) return null;
  return utf8.decode(column.bytes.subarray(column.offsets[row], column.offsets[row + 1]));
}
