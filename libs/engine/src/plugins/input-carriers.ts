import { hasValue, textAt, type Column, type InputCarriers } from '@datavis/plugin-sdk';

export type InputCarrier = InputCarriers[keyof InputCarriers];

/** Slots without a value are 0 in a column; a hook that computes with them must get NaN, not a wrong number. */
function withNaN<F extends Float32Array | Float64Array>(
  column: Column & { values: F },
  length: number,
  width = 1,
): F {
  if (column.validity === undefined) return column.values;
  const values = column.values.slice(0, length * width) as F;
  for (let row = 0; row < length; row++) {
    if (!hasValue(column, row)) values.fill(NaN, row * width, (row + 1) * width);
  }
  return values;
}

function texts(column: Column & { type: 'utf8' | 'json' }, length: number): (string | null)[] {
  return Array.from({ length }, (_, row) => textAt(column, row));
}

/** A column as hooks read it: see `InputCarriers`. */
export function toInputCarrier(column: Column, length: number): InputCarrier {
  switch (column.type) {
    case 'f32':
      return withNaN(column, length);
    case 'f64':
      return withNaN(column, length);
    case 'f32[n]':
      return withNaN(column, length, column.width);
    case 'utf8':
      return texts(column, length);
    case 'json':
      return texts(column, length).map((text): unknown => (text === null ? null : JSON.parse(text)));
    case 'f64[]':
    case 'f64[][]':
      return column;
    default:
      return column.values;
  }
}
