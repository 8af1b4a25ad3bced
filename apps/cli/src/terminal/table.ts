import Table from 'cli-table3';
import { createColors } from 'picocolors';

const plain = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export interface TableStyle {
  /** Columns of numbers are set to the right. */
  readonly numeric: readonly boolean[];
  readonly colors: boolean;
}

/** Aligned columns without lines, as wide as their content. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { numeric, colors }: TableStyle,
): string {
  const { bold } = createColors(colors);
  const table = new Table({
    head: head.map((name) => bold(name)),
    chars: plain,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: head.map((_, i) => (numeric[i] === true ? 'right' : 'left')),
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
