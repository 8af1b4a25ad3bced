import type { SqlBatch } from '@datavis/plugin-sdk';
import { renderTable } from '../terminal/table.js';
import { toText } from './csv.js';

/** Most rows of a table; larger results are for `--format csv` or `--json`. */
const MAX_ROWS = 1000;
const MAX_CELL = 60;

/** Cells are one line each, and control characters of data never reach the terminal. */
function cell(value: unknown): string {
  // eslint-disable-next-line no-control-regex -- these are what must not pass
  const text = (value === null ? 'NULL' : toText(value)).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '�');
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}

/** Prints the first rows as a table; returns how many were printed. */
export async function printTable(
  batches: AsyncIterable<SqlBatch>,
  write: (line: string) => Promise<unknown>,
  { colors }: { readonly colors: boolean },
): Promise<number> {
  const rows: string[][] = [];
  let head: readonly string[] = [];
  let numeric: boolean[] = [];
  let more = false;
  for await (const batch of batches) {
    if (head.length === 0) {
      head = batch.names;
      numeric = batch.columns.map((column) => typeof column[0] === 'number' || typeof column[0] === 'bigint');
    }
    const room = MAX_ROWS - rows.length;
    for (let row = 0; row < Math.min(batch.length, room); row++) {
      rows.push(batch.columns.map((column) => cell(column[row])));
    }
    more = batch.length > room;
    if (more) break;
  }
  if (rows.length === 0) return 0;
  await write(renderTable(head, rows, { numeric, colors }));
  if (more) await write(`… the first ${MAX_ROWS} rows; use --format csv, --json or LIMIT for others`);
  return rows.length;
}
