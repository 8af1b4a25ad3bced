import { refusal } from './rle.js';
import type { Rle } from './rle.js';

/**
 * The mask as pixels, row by row: 1 inside, 0 outside.
 *
 * @param maxPixels Refuses larger masks, before any memory is taken. Default 2^28.
 * @throws IngestError `DATAVIS_INGEST_RLE`
 */
export function decodeMask({ height, width, counts }: Rle, maxPixels = 2 ** 28): Uint8Array {
  if (height * width > maxPixels) throw refusal(`a mask of ${height * width} pixels is more than ${maxPixels}`);
  const mask = new Uint8Array(height * width);
  let x = 0;
  let y = 0;
  for (let i = 0; i < counts.length; i++) {
    for (let left = counts[i]!; left > 0;) {
      const run = Math.min(left, height - y);
      if (i % 2 === 1) for (let k = 0; k < run; k++) mask[(y + k) * width + x] = 1;
      left -= run;
      y += run;
      if (y === height) {
        y = 0;
        x++;
      }
    }
  }
  return mask;
}

/** Run lengths of pixels that are given row by row; anything but 0 is inside. */
export function encodeMask(mask: ArrayLike<number>, height: number, width: number): Rle {
  const counts: number[] = [];
  let inside = false;
  let run = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if ((mask[y * width + x] !== 0) !== inside) {
        counts.push(run);
        run = 0;
        inside = !inside;
      }
      run++;
    }
  }
  counts.push(run);
  return { height, width, counts: Uint32Array.from(counts) };
}

/** Pixels that lie in any of the masks (`union`), or in all of them (`intersection`). All must be of one size. */
export function mergeMasks(masks: readonly Rle[], how: 'union' | 'intersection'): Rle {
  const [first, ...others] = masks;
  if (first === undefined) throw refusal('no masks to merge');
  return others.reduce((merged, mask) => mergeTwo(merged, mask, how === 'intersection'), first);
}

function mergeTwo(a: Rle, b: Rle, intersect: boolean): Rle {
  if (a.height !== b.height || a.width !== b.width) throw refusal('masks of different sizes cannot be merged');
  const counts: number[] = [];
  let [leftA, leftB] = [a.counts[0] ?? 0, b.counts[0] ?? 0];
  let [nextA, nextB] = [1, 1];
  let [inA, inB, inside] = [false, false, false];
  let run = 0;
  for (let more = true; more;) {
    const step = Math.min(leftA, leftB);
    run += step;
    leftA -= step;
    leftB -= step;
    if (leftA === 0 && nextA < a.counts.length) {
      leftA = a.counts[nextA++]!;
      inA = !inA;
    }
    if (leftB === 0 && nextB < b.counts.length) {
      leftB = b.counts[nextB++]!;
      inB = !inB;
    }
    more = leftA + leftB > 0;
    const now = intersect ? inA && inB : inA || inB;
    if (now !== inside || !more) {
      counts.push(run);
      run = 0;
    }
    inside = now;
  }
  return { height: a.height, width: a.width, counts: Uint32Array.from(counts) };
}
