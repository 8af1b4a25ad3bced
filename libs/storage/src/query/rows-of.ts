import type { SqlBatch, SqlRow } from '@datavis/plugin-sdk';

/** The rows of a batch as objects, one at a time. */
export function* rowsOf({ length, names, columns }: SqlBatch): Generator<SqlRow> {
  for (let row = 0; row < length; row++) {
    const found: Record<string, unknown> = {};
    for (const [column, name] of names.entries()) found[name] = columns[column]?.[row];
    yield found;
  }
}
