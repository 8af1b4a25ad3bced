import type { SqlBatch, SqlRow } from '@datavis/plugin-sdk';

/** The rows of a batch as objects, one at a time. */
export function* rowsOf({ length, names, columns }: SqlBatch): Generator<SqlRow> {
  for (let row = 0; row < length; row++) {
    yield Object.fromEntries(names.map((name, column) => [name, columns[column]?.[row]]));
  }
}
