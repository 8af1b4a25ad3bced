import type { Column, Validity } from '@datavis/plugin-sdk';

type Fixed = Int32Array | BigInt64Array | Float32Array | Float64Array | Uint8Array;

function keepValidity(validity: Validity | undefined, rows: readonly number[]): { validity?: Validity } {
  if (validity === undefined) return {};
  const kept = new Uint32Array((rows.length + 31) >>> 5);
  rows.forEach((row, to) => {
    if (((validity[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0) {
      kept[to >>> 5] = (kept[to >>> 5] ?? 0) | (1 << (to & 31));
    }
  });
  return { validity: kept };
}

function keepFixed<F extends Fixed>(values: F, rows: readonly number[], width = 1): F {
  const kept = values.slice(0, rows.length * width) as F;
  rows.forEach((row, to) => {
    kept.set(values.subarray(row * width, (row + 1) * width) as never, to * width);
  });
  return kept;
}

/** Runs `[offsets[row] .. offsets[row + 1]]` of the kept rows, moved together. */
function keepRuns<F extends Uint8Array | Float64Array | Uint32Array>(
  values: F,
  offsets: Uint32Array,
  rows: readonly number[],
): { values: F; offsets: Uint32Array } {
  const keptOffsets = new Uint32Array(rows.length + 1);
  let size = 0;
  rows.forEach((row, to) => {
    size += (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
    keptOffsets[to + 1] = size;
  });
  const kept = values.slice(0, size) as F;
  rows.forEach((row, to) => {
    kept.set(values.subarray(offsets[row], offsets[row + 1]), keptOffsets[to]);
  });
  return { values: kept, offsets: keptOffsets };
}

/** The column with only the given rows (ascending), in new arrays. */
export function keepRows(column: Column, rows: readonly number[]): Column {
  const validity = keepValidity(column.validity, rows);
  switch (column.type) {
    case 'bool':
      return { type: 'bool', values: keepFixed(column.values, rows), ...validity };
    case 'i32':
      return { type: 'i32', values: keepFixed(column.values, rows), ...validity };
    case 'i64':
      return { type: 'i64', values: keepFixed(column.values, rows), ...validity };
    case 'f32':
      return { type: 'f32', values: keepFixed(column.values, rows), ...validity };
    case 'f64':
      return { type: 'f64', values: keepFixed(column.values, rows), ...validity };
    case 'f32[n]':
      return {
        type: 'f32[n]',
        width: column.width,
        values: keepFixed(column.values, rows, column.width),
        ...validity,
      };
    case 'utf8':
    case 'json': {
      const { values, offsets } = keepRuns(column.bytes, column.offsets, rows);
      return { type: column.type, bytes: values, offsets, ...validity };
    }
    case 'f64[]':
      return { type: 'f64[]', ...keepRuns(column.values, column.offsets, rows), ...validity };
    case 'f64[][]':
      return { type: 'f64[][]', ...keepParts(column, rows), ...validity };
  }
}

function keepParts(
  column: { values: Float64Array; partOffsets: Uint32Array; offsets: Uint32Array },
  rows: readonly number[],
): { values: Float64Array; partOffsets: Uint32Array; offsets: Uint32Array } {
  const parts: number[] = [];
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, to) => {
    for (let part = column.offsets[row] ?? 0; part < (column.offsets[row + 1] ?? 0); part++) parts.push(part);
    offsets[to + 1] = parts.length;
  });
  const kept = keepRuns(column.values, column.partOffsets, parts);
  return { values: kept.values, partOffsets: kept.offsets, offsets };
}
