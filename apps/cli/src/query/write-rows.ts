import type { SqlBatch } from '@datavis/plugin-sdk';
import { toCsvLine } from './csv.js';
import { toJson } from './json.js';
import { printTable } from './table.js';

export type RowFormat = 'table' | 'json' | 'ndjson' | 'csv';

/** Resolves to `false` when nobody reads any more: no further row is asked for. */
export type WriteLine = (line: string) => Promise<boolean>;

/** Writes rows as they come. Memory holds one batch, except for a table, whose widths need its first rows. */
export async function writeRows(
  batches: AsyncIterable<SqlBatch>,
  format: RowFormat,
  write: WriteLine,
  style: { readonly colors: boolean },
): Promise<number> {
  if (format === 'table') return await printTable(batches, write, style);
  let rows = 0;
  // Not before the database has answered: an error is not an array that was begun.
  let isBegun = false;
  const begin = async (): Promise<void> => {
    if (format === 'json' && !isBegun) await write('[');
    isBegun = true;
  };
  for await (const batch of batches) {
    await begin();
    if (format === 'csv' && rows === 0) await write(toCsvLine(batch.names));
    const lines: string[] = [];
    for (let row = 0; row < batch.length; row++) {
      lines.push(lineOf(batch, row, format, rows + row === 0));
    }
    rows += batch.length;
    if (lines.length > 0 && !(await write(lines.join('\n')))) return rows;
  }
  await begin();
  if (format === 'json') await write(']');
  return rows;
}

function lineOf(batch: SqlBatch, row: number, format: RowFormat, isFirst: boolean): string {
  const values = batch.columns.map((column) => column[row]);
  if (format === 'csv') return toCsvLine(values);
  const fields = batch.names.map((name, i) => `${JSON.stringify(name)}:${toJson(values[i])}`);
  const record = `{${fields.join(',')}}`;
  return format === 'json' && !isFirst ? `,${record}` : record;
}
