import { mergeMasks } from './mask.js';
import type { Rle } from './rle.js';

/** The boundary is walked on a grid this much finer than the pixels. */
const SCALE = 5;

/**
 * The pixels of a polygon (`x, y, x, y, …`), exactly as cocoapi's `rleFrPoly` finds them: the boundary is sampled on a
 * finer grid, and where it crosses the middle of a column of pixels, inside and outside change.
 *
 * @see https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.c
 */
export function polygonToRle(polygon: ArrayLike<number>, height: number, width: number): Rle {
  const crossings = crossingsOf(boundaryOf(polygon), height, width);
  crossings.push(height * width);
  crossings.sort((a, b) => a - b);
  const counts: number[] = [];
  let previous = 0;
  const runs = crossings.map((crossing) => {
    const run = crossing - previous;
    previous = crossing;
    return run;
  });
  // Two crossings at one pixel cancel out: an empty run joins its neighbours.
  for (let i = 0; i < runs.length; i++) {
    if (i === 0 || runs[i]! > 0) counts.push(runs[i]!);
    else if (++i < runs.length) counts[counts.length - 1]! += runs[i]!;
  }
  return { height, width, counts: Uint32Array.from(counts) };
}

/** The pixels that lie in any polygon of an annotation. */
export function polygonsToRle(polygons: readonly ArrayLike<number>[], height: number, width: number): Rle {
  if (polygons.length === 0) return { height, width, counts: Uint32Array.of(height * width) };
  return mergeMasks(
    polygons.map((polygon) => polygonToRle(polygon, height, width)),
    'union',
  );
}

/** Points of the fine grid along the boundary, closed. */
function boundaryOf(polygon: ArrayLike<number>): { u: number[]; v: number[] } {
  const points = Math.floor(polygon.length / 2);
  const xs = Array.from({ length: points }, (_, i) => Math.trunc(SCALE * polygon[i * 2]! + 0.5));
  const ys = Array.from({ length: points }, (_, i) => Math.trunc(SCALE * polygon[i * 2 + 1]! + 0.5));
  const u: number[] = [];
  const v: number[] = [];
  for (let i = 0; i < points; i++) {
    const next = (i + 1) % points;
    let [x0, x1, y0, y1] = [xs[i]!, xs[next]!, ys[i]!, ys[next]!];
    const dx = Math.abs(x1 - x0);
    const dy = Math.abs(y1 - y0);
    const flat = dx >= dy;
    const flip = flat ? x0 > x1 : y0 > y1;
    if (flip) [x0, x1, y0, y1] = [x1, x0, y1, y0];
    const length = flat ? dx : dy;
    const slope = length === 0 ? 0 : (flat ? y1 - y0 : x1 - x0) / length;
    for (let d = 0; d <= length; d++) {
      const t = flip ? length - d : d;
      u.push(flat ? t + x0 : Math.trunc(x0 + slope * t + 0.5));
      v.push(flat ? Math.trunc(y0 + slope * t + 0.5) : t + y0);
    }
  }
  return { u, v };
}

/** Pixels, counted column by column, at which the boundary crosses the middle of a column. */
function crossingsOf({ u, v }: { u: number[]; v: number[] }, height: number, width: number): number[] {
  const crossings: number[] = [];
  for (let j = 1; j < u.length; j++) {
    if (u[j] === u[j - 1]) continue;
    const x = ((u[j]! < u[j - 1]! ? u[j]! : u[j]! - 1) + 0.5) / SCALE - 0.5;
    if (Math.floor(x) !== x || x < 0 || x > width - 1) continue;
    const y = (Math.min(v[j]!, v[j - 1]!) + 0.5) / SCALE - 0.5;
    crossings.push(x * height + Math.ceil(Math.min(Math.max(y, 0), height)));
  }
  return crossings;
}
