import type { SqlBatch, SqlRow } from '@datavis/plugin-sdk';

/** Rows as batches of columns, for what prints batches. */
export async function* batchesOf(rows: readonly SqlRow[], names: readonly string[]): AsyncGenerator<SqlBatch> {
  if (rows.length === 0) return;
  const columns = names.map((name) => rows.map((row) => row[name]));
  yield await Promise.resolve({ length: rows.length, names, columns });
}

/** The first rows; ends the query behind it as soon as they are there. */
export async function* firstRows(batches: AsyncIterable<SqlBatch>, limit: number): AsyncGenerator<SqlBatch> {
  let left = limit;
  for await (const batch of batches) {
    yield batch.length <= left ? batch : { ...batch, length: left };
    left -= batch.length;
    if (left <= 0) return;
  }
}

/** Only these columns, in this order; those that are not there are left out. */
export async function* pickColumns(
  batches: AsyncIterable<SqlBatch>,
  wanted: readonly string[],
): AsyncGenerator<SqlBatch> {
  for await (const { length, names, columns } of batches) {
    const indices = wanted.map((name) => names.indexOf(name)).filter((index) => index >= 0);
    yield {
      length,
      names: indices.map((index) => names[index] ?? ''),
      columns: indices.map((index) => columns[index] ?? []),
    };
  }
}
