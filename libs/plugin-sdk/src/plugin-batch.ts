import type { FindingSeverity } from './findings.js';
import type { Nothing } from './plugin-context.js';
import type {
  ColumnSet,
  CoreColumnName,
  InputCarriers,
  InputOf,
  OutputOf,
  PluginTable,
  RewritableColumn,
  RewriteOf,
} from './plugin-columns.js';

/** Something a plugin noticed about a row. The host stores it under `<namespace>/<code>`. */
export interface PluginFinding {
  /** kebab-case. */
  readonly code: string;
  readonly message: string;
  /** Default `warning`. */
  readonly severity?: FindingSeverity;
}

/**
 * A view over up to 2,048 rows of one table, in source order. Valid until the hook settles: the host reuses what lies
 * behind it, so copy what you want to keep.
 *
 * Rows that another plugin dropped are still there: ask {@link isDropped} where that matters.
 */
export interface Batch<T extends PluginTable = PluginTable, W extends ColumnSet = ColumnSet> {
  /** The table that the rows are of. */
  readonly table: T;
  /** How many rows there are, up to 2,048. */
  readonly length: number;
  /** Index of row 0 in its section: does not depend on the batch size. */
  readonly offset: number;

  /** A core column, read-only. Texts are decoded (and JSON parsed) when asked for, once a batch. */
  column<K extends CoreColumnName<T>>(name: K): InputOf<T, K>;
  /** A column of another plugin, as `namespace.column`, that you list in `reads`; say its type. */
  column<C extends keyof InputCarriers>(name: `${string}.${string}`, type: C): InputCarriers[C];
  /** Whether row `row` of a core column has a value. */
  has(name: CoreColumnName<T>, row: number): boolean;

  /** Your own column, allocated by the host: fill it in place. A column you do not ask for is NULL in this batch. */
  output<K extends keyof W & string>(name: K): OutputOf<W[K]>;
  /** A core column listed in `rewrites`: a copy to change in place. */
  rewrite<K extends RewritableColumn<T>>(name: K): RewriteOf<T, K>;
  /** Takes the value of row `row` of an output or rewritten column away. */
  setNull(name: (keyof W & string) | RewritableColumn<T>, row: number): void;

  /** Whether this plugin or one before it has dropped the row. */
  isDropped(row: number): boolean;
  /**
   * Leaves a row out; an image takes along the annotations that follow it. `reason` is kebab-case; the report counts
   * it as `<namespace>/<reason>`, and the row as refused.
   */
  drop(row: number, reason: string): void;
  /** Keeps the row and records a finding. */
  report(row: number, finding: PluginFinding): void;

  /**
   * Row by row with a reused cursor, skipping dropped rows: about five times dearer than columns. Return `false` to
   * drop the row with `dropReason` (default `filtered`).
   */
  forEach(visit: (row: RowCursor<T>, index: number) => boolean | Nothing, dropReason?: string): void;
}

type Element<C> = C extends readonly (infer E)[] ? E : C extends ArrayLike<infer E> ? E : C;

/** One row: a property a column, read when asked for. Lists are the columns of the whole batch. */
export type RowCursor<T extends PluginTable> = {
  readonly [K in CoreColumnName<T>]: Element<InputOf<T, K>>;
};
