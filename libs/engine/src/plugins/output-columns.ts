import type { Column, ColumnInfo } from '@datavis/plugin-sdk';
import { encodeFloats, encodeLists, encodeTexts, encodeVectors, ValidityBuilder } from './encode-values.js';
import { OutputMismatch, type Carrier, type NullRows } from './output-carriers.js';

function jsonText(value: unknown, row: number): string | null {
  if (value === undefined) return null;
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text === 'string') return text;
  } catch {
    // Falls through to the same answer as for a function or a symbol.
  }
  throw new OutputMismatch(`row ${row}: no JSON value`);
}

/** DuckDB takes a byte as it is, and a flag that is neither 0 nor 1 is neither true nor false there. */
function flags(values: Uint8Array, length: number): Uint8Array {
  const row = values.subarray(0, length).findIndex((value) => value > 1);
  if (row >= 0) throw new OutputMismatch(`row ${row}: ${values[row]} for a flag, which is 0 or 1`);
  return values;
}

/** What a hook wrote, as a column of `length` rows, which takes over typed arrays. Throws {@link OutputMismatch} for values of another type. */
export function encodeColumn(info: ColumnInfo, carrier: Carrier, length: number, nulls: NullRows): Column {
  const validity = new ValidityBuilder(length);
  validity.clearAll(nulls);
  switch (info.type) {
    case 'bool':
      return { type: 'bool', values: flags(carrier as Uint8Array, length), ...validity.result };
    case 'i32':
      return { type: 'i32', values: carrier as Int32Array, ...validity.result };
    case 'i64':
      return { type: 'i64', values: carrier as BigInt64Array, ...validity.result };
    case 'f32':
      return { type: 'f32', values: encodeFloats(carrier as Float32Array, length, validity), ...validity.result };
    case 'f64':
      return { type: 'f64', values: encodeFloats(carrier as Float64Array, length, validity), ...validity.result };
    case 'f32[n]': {
      const values = encodeVectors(carrier as Float32Array, length, info.width, validity);
      return { type: 'f32[n]', width: info.width, values, ...validity.result };
    }
    case 'utf8':
      return { type: 'utf8', ...encodeTexts(carrier as (string | null)[], length, nulls) };
    case 'json': {
      const texts = (carrier as unknown[]).map(jsonText);
      return { type: 'json', ...encodeTexts(texts, length, nulls) };
    }
    case 'f64[][]': {
      const lists = encodeLists(carrier as (readonly ArrayLike<number>[] | null)[], length, validity);
      return { type: 'f64[][]', ...lists, ...validity.result };
    }
    case 'f64[]': {
      const rows = (carrier as (ArrayLike<number> | null | undefined)[]).map((row) =>
        row === null || row === undefined ? null : [row],
      );
      const { values, partOffsets, offsets } = encodeLists(rows, length, validity);
      const own = offsets.map((part) => partOffsets[part] ?? 0);
      return { type: 'f64[]', values, offsets: own, ...validity.result };
    }
  }
}
