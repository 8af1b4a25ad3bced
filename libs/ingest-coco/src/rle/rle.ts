import { IngestError } from '../errors.js';

/**
 * A mask as run lengths, as COCO has it: column by column from the left, each from the top; runs of 0 and 1 in turn,
 * the first of 0 (and perhaps empty).
 *
 * @see https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.h
 */
export interface Rle {
  readonly height: number;
  readonly width: number;
  readonly counts: Uint32Array;
}

/** What stands in a COCO file: `size` is `[height, width]`, `counts` a list of run lengths or their compressed text. */
export interface CocoRle {
  readonly size: readonly number[];
  readonly counts: readonly number[] | string;
}

/**
 * Reads the `segmentation` of a record.
 *
 * @throws IngestError `DATAVIS_INGEST_RLE` if the runs do not fill the mask exactly.
 * @example
 * ```ts
 * import { fromCoco, rleArea } from '@datavis/ingest-coco/rle';
 *
 * const mask = fromCoco({ size: [2, 3], counts: [1, 3, 2] });
 * console.log(rleArea(mask)); // 3
 * ```
 */
export function fromCoco({ size, counts }: CocoRle): Rle {
  const [height = -1, width = -1] = size;
  if (!isSide(height) || !isSide(width)) throw refusal(`size is [${size.join(', ')}]`);
  const runs = typeof counts === 'string' ? decodeCounts(counts) : checkedCounts(counts);
  let pixels = 0;
  for (const run of runs) pixels += run;
  if (pixels !== height * width) throw refusal(`the runs cover ${pixels} pixels of ${height * width}`);
  return { height, width, counts: runs };
}

/** As a COCO file has it; `compressed` (the default) writes `counts` as text. */
export function toCoco({ height, width, counts }: Rle, compressed = true): CocoRle {
  return { size: [height, width], counts: compressed ? encodeCounts(counts) : Array.from(counts) };
}

/** Run lengths from their text: 5 bits a character, the difference to the run before the last from the fourth run on. */
export function decodeCounts(text: string): Uint32Array {
  const counts: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    for (let shift = 0, more = true; more; shift += 5) {
      const bits = text.charCodeAt(at) - 48;
      // NaN at the end of the text fails here too.
      if (!(bits >= 0 && bits < 64) || shift > 30) throw refusal(`character ${at} of counts is wrong`);
      value |= (bits & 31) << shift;
      more = (bits & 32) !== 0;
      if (!more && (bits & 16) !== 0 && shift <= 25) value |= -1 << (shift + 5);
      at++;
    }
    if (counts.length > 2) value += counts[counts.length - 2]!;
    if (value < 0) throw refusal(`run ${counts.length} is negative`);
    counts.push(value);
  }
  return Uint32Array.from(counts);
}

/** The text of run lengths; the inverse of {@link decodeCounts}. */
export function encodeCounts(counts: ArrayLike<number>): string {
  let text = '';
  for (let i = 0; i < counts.length; i++) {
    let value = counts[i]! - (i > 2 ? counts[i - 2]! : 0);
    for (let more = true; more;) {
      const bits = value & 31;
      value >>= 5;
      more = (bits & 16) !== 0 ? value !== -1 : value !== 0;
      text += String.fromCharCode((more ? bits | 32 : bits) + 48);
    }
  }
  return text;
}

/** Pixels of the mask. */
export function rleArea({ counts }: Rle): number {
  let area = 0;
  for (let i = 1; i < counts.length; i += 2) area += counts[i]!;
  return area;
}

/** Smallest box around the mask, `[x, y, width, height]` in pixels; four zeros for an empty mask. */
export function rleBbox({ height, width, counts }: Rle): [number, number, number, number] {
  const even = counts.length - (counts.length % 2);
  if (even === 0) return [0, 0, 0, 0];
  let [left, top, right, bottom] = [width, height, 0, 0];
  let end = 0;
  let firstX = 0;
  for (let i = 0; i < even; i++) {
    end += counts[i]!;
    const pixel = end - (i % 2);
    const y = pixel % height;
    const x = (pixel - y) / height;
    if (i % 2 === 0) firstX = x;
    else if (firstX < x) [top, bottom] = [0, height - 1];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return [left, top, right - left + 1, bottom - top + 1];
}

function checkedCounts(counts: readonly number[]): Uint32Array {
  const wrong = counts.findIndex((run) => !isSide(run));
  if (wrong >= 0) throw refusal(`run ${wrong} is ${String(counts[wrong])}`);
  return Uint32Array.from(counts);
}

/** A side of a mask, or a run: what an unsigned integer of 32 bits holds. */
function isSide(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

export function refusal(problem: string): IngestError {
  return new IngestError('DATAVIS_INGEST_RLE', `not a run-length encoding: ${problem}`);
}
