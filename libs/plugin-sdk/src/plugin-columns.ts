import type { AnnotationColumns, CategoryColumns, ImageColumns, TableColumns } from './batches.js';
import type { Column, ColumnType, Float64ListColumn, Float64ListListColumn } from './columns.js';

/** Tables that hooks see and that plugins add columns to. */
export type PluginTable = 'images' | 'annotations' | 'categories';

/** A column a plugin adds. `'f32'` is short for `{ type: 'f32' }`; a vector always says its width. */
export type ColumnSpec = Exclude<ColumnType, 'f32[n]'> | ColumnInfo;
/** A column that a plugin adds, written out. */
export type ColumnInfo = PlainColumnInfo | VectorColumnInfo;

interface ColumnNotes {
  readonly description?: string;
  /** Such as `px` or `px²`. */
  readonly unit?: string;
}
/** A column of any type but a vector. */
export interface PlainColumnInfo extends ColumnNotes {
  readonly type: Exclude<ColumnType, 'f32[n]'>;
}
/** A column of vectors, such as embeddings. */
export interface VectorColumnInfo extends ColumnNotes {
  readonly type: 'f32[n]';
  /** Numbers a row, 1 to 16,384. Stored as `FLOAT[width]`. */
  readonly width: number;
}

/** Columns by name: lower case, digits, `_`. */
export type ColumnSet = Readonly<Record<string, ColumnSpec>>;
/** No columns: `output` then takes no name at all. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- empty on purpose: its keys are `never`
export type NoColumns = Record<never, never>;
/** The columns that a plugin adds, by table. */
export type ColumnDeclarations = { readonly [T in PluginTable]?: ColumnSet };
/** The columns that declarations `D` make for table `T`. */
export type DeclaredColumns<D, T extends PluginTable> = D extends { readonly [K in T]: infer S }
  ? S extends ColumnSet
    ? S
    : NoColumns
  : NoColumns;

/**
 * What a hook fills in, by column type. A row without a value is: `NaN` (`f32`, `f64`, the first number of a vector),
 * `null` or `undefined` (texts, lists), {@link Batch.setNull} (`i32`, `i64`, `bool`). All rows start like that, but
 * `i32`, `i64` and `bool` start at 0.
 */
export interface OutputCarriers {
  bool: Uint8Array;
  i32: Int32Array;
  i64: BigInt64Array;
  f32: Float32Array;
  f64: Float64Array;
  utf8: (string | null)[];
  json: unknown[];
  'f64[]': (ArrayLike<number> | null)[];
  'f64[][]': (readonly ArrayLike<number>[] | null)[];
  /** Row `i` is `[i * width .. (i + 1) * width]`. */
  'f32[n]': Float32Array;
}

/**
 * What a hook reads, by column type. A row without a value is `NaN` (`f32`, `f64`), `null` (texts), an empty list, or
 * 0 (`i32`, `i64`, `bool`): where 0 matters, ask {@link Batch.has}.
 */
export interface InputCarriers {
  bool: Uint8Array;
  i32: Int32Array;
  i64: BigInt64Array;
  f32: Float32Array;
  f64: Float64Array;
  utf8: readonly (string | null)[];
  json: readonly unknown[];
  'f64[]': Float64ListColumn;
  'f64[][]': Float64ListListColumn;
  'f32[n]': Float32Array;
}

type TypeOf<S> = S extends ColumnType ? S : S extends { readonly type: infer T extends ColumnType } ? T : never;

/** The carrier of an output column, from its declaration. */
export type OutputOf<S> = OutputCarriers[TypeOf<S>];

/** Core columns by table; `key` (files whose section is an object) is left out, since it is not always there. */
export interface CoreColumns {
  images: Omit<ImageColumns, 'key'>;
  annotations: Omit<AnnotationColumns, 'key'>;
  categories: Omit<CategoryColumns, 'key'>;
}
/** Names of the columns of a core table. */
export type CoreColumnName<T extends PluginTable> = keyof CoreColumns[T] & keyof TableColumns[T] & string;
type CoreColumn<T extends PluginTable, K> = K extends keyof CoreColumns[T] ? CoreColumns[T][K] : never;

/** What `batch.column(name)` gives for a core column. */
export type InputOf<T extends PluginTable, K> =
  CoreColumn<T, K> extends infer C extends Column ? InputCarriers[C['type']] : never;

/** Column types whose values a plugin may replace. */
export type RewritableType = 'f64' | 'i32' | 'i64' | 'bool' | 'utf8';
/** Core columns a plugin may list in `rewrites`. The place of a record in its source is never rewritten. */
export type RewritableColumn<T extends PluginTable> = {
  [K in CoreColumnName<T>]: CoreColumn<T, K> extends { readonly type: RewritableType }
    ? Exclude<K, 'index' | 'byte_offset'>
    : never;
}[CoreColumnName<T>];
/** What `batch.rewrite(name)` gives for a core column. */
export type RewriteOf<T extends PluginTable, K> =
  CoreColumn<T, K> extends infer C extends Column ? OutputCarriers[C['type']] : never;

/** One value of an output column, as `onImageDecoded` returns it. */
export type OutputValue<S> = {
  bool: boolean | null;
  i32: number | null;
  i64: bigint | number | null;
  f32: number | null;
  f64: number | null;
  utf8: string | null;
  json: unknown;
  'f64[]': ArrayLike<number> | null;
  'f64[][]': readonly ArrayLike<number>[] | null;
  'f32[n]': ArrayLike<number> | null;
}[TypeOf<S>];
/** Values for columns of one row; those that are left out stay as they are. */
export type OutputRow<S extends ColumnSet> = { readonly [K in keyof S]?: OutputValue<S[K]> | undefined };
