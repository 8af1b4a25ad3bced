import { categoryColour } from './colours.js';
import { LabelLayer } from './labels.js';
import type { OverlayShape } from './types.js';

/** From pixels of the picture to pixels of the thumbnail. */
export interface Scale {
  readonly x: number;
  readonly y: number;
}

export interface ShapesSvgOptions {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly scale: Scale;
  readonly colours: ReadonlyMap<string, string>;
}

/**
 * An SVG with everything but the masks. Each line is drawn twice, wide and dark below, narrow and coloured above, so that
 * it shows on any photo. Large shapes come first, so that small ones lie on top.
 */
export function shapesSvg(shapes: readonly OverlayShape[], options: ShapesSvgOptions): string {
  const { widthPx: width, heightPx: height, scale, colours } = options;
  const labels = new LabelLayer(width, height);
  const ordered = shapes
    .map((shape) => ({ shape, extent: extentOf(shape, scale), colour: colourOf(shape, colours) }))
    .sort((a, b) => areaOf(b.extent) - areaOf(a.extent));
  const bodies = ordered.map(({ shape, extent, colour }) => body(shape, extent, colour, scale));
  const texts = ordered.map(({ shape, extent, colour }) =>
    extent === undefined ? '' : labels.label(shape.label ?? shape.category ?? '', colour, extent),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${bodies.join('')}${texts.join('')}</svg>`;
}

export function colourOf({ category = '' }: OverlayShape, colours: ReadonlyMap<string, string>): string {
  return colours.get(category) ?? categoryColour(category);
}

interface Extent {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function body(shape: OverlayShape, extent: Extent | undefined, colour: string, scale: Scale): string {
  const paths = (shape.polygons ?? []).flatMap((polygon) => pathOf(polygon, scale));
  const parts: string[] = [];
  if (paths.length > 0) {
    const d = paths.join('');
    parts.push(
      `<path d="${d}" fill="${colour}" fill-opacity=".3" fill-rule="evenodd"/>`,
      twice(`<path d="${d}"`, colour, 1.25),
    );
  }
  if (shape.box !== undefined && extent !== undefined) {
    const { x, y, width, height } = extent;
    parts.push(
      twice(`<rect x="${fix(x)}" y="${fix(y)}" width="${fix(width)}" height="${fix(height)}"`, colour, 1.75),
    );
  }
  parts.push(keypointsOf(shape, colour, scale));
  return parts.join('');
}

/** The same line wide and dark, then narrow and coloured. */
function twice(open: string, colour: string, widthPx: number): string {
  const line = `${open} fill="none" stroke-linejoin="round" stroke-linecap="round"`;
  return (
    `${line} stroke="#000" stroke-opacity=".55" stroke-width="${widthPx + 1.75}"/>` +
    `${line} stroke="${colour}" stroke-width="${widthPx}"/>`
  );
}

function keypointsOf({ keypoints = [], skeleton = [] }: OverlayShape, colour: string, scale: Scale): string {
  const point = (number: number): readonly [number, number, number] | undefined => {
    const at = (number - 1) * 3;
    const [x, y, visibility] = [keypoints[at], keypoints[at + 1], keypoints[at + 2]];
    if (x === undefined || y === undefined || visibility === undefined || visibility === 0) return undefined;
    return Number.isFinite(x) && Number.isFinite(y) ? [x * scale.x, y * scale.y, visibility] : undefined;
  };
  const bones = skeleton.flatMap(([from = 0, to = 0]) => {
    const [a, b] = [point(from), point(to)];
    return a && b ? [twice(`<path d="M${fix(a[0])} ${fix(a[1])}L${fix(b[0])} ${fix(b[1])}"`, colour, 1.5)] : [];
  });
  const joints = Array.from({ length: Math.floor(keypoints.length / 3) }, (_, i) => point(i + 1)).flatMap(
    (found) => {
      if (found === undefined) return [];
      // A hidden keypoint is a ring, a visible one a dot.
      const fill = found[2] === 1 ? '#000' : '#fff';
      return [
        `<circle cx="${fix(found[0])}" cy="${fix(found[1])}" r="2" fill="${fill}" stroke="${colour}" stroke-width="1.25"/>`,
      ];
    },
  );
  return [...bones, ...joints].join('');
}

/** More corners than this are thinned out: no thumbnail shows them, and the renderer's time grows with them. */
const MAX_CORNERS = 2000;
/** Corners closer to the one before than this, in pixels of the thumbnail, are left out. */
const MIN_STEP_PX = 0.25;

function pathOf(polygon: readonly number[], scale: Scale): string[] {
  const points: string[] = [];
  const stride = 2 * Math.max(1, Math.ceil(polygon.length / 2 / MAX_CORNERS));
  let [lastX, lastY] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i + 1 < polygon.length; i += stride) {
    const x = (polygon[i] ?? Number.NaN) * scale.x;
    const y = (polygon[i + 1] ?? Number.NaN) * scale.y;
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    if (Math.abs(x - lastX) < MIN_STEP_PX && Math.abs(y - lastY) < MIN_STEP_PX) continue;
    points.push(`${fix(x)} ${fix(y)}`);
    [lastX, lastY] = [x, y];
  }
  return points.length < 2 ? [] : [`M${points.join('L')}Z`];
}

/** What the label belongs to: the box, else what surrounds the polygons or keypoints. */
function extentOf({ box, polygons = [], keypoints = [] }: OverlayShape, scale: Scale): Extent | undefined {
  const [x, y, width, height] = box ?? [];
  if (x !== undefined && y !== undefined && width !== undefined && height !== undefined) {
    const extent = { x: x * scale.x, y: y * scale.y, width: width * scale.x, height: height * scale.y };
    return Object.values(extent).every(Number.isFinite) && width >= 0 && height >= 0 ? extent : undefined;
  }
  const flat = polygons.flatMap((polygon) => pairs(polygon, 2));
  const points = [...flat, ...pairs(keypoints, 3)].filter(([px, py]) => Number.isFinite(px) && Number.isFinite(py));
  if (points.length === 0) return undefined;
  const xs = points.map(([px]) => px * scale.x);
  const ys = points.map(([, py]) => py * scale.y);
  const [left, top] = [smallest(xs), smallest(ys)];
  return {
    x: left,
    y: top,
    width: -smallest(xs.map((v) => -v)) - left,
    height: -smallest(ys.map((v) => -v)) - top,
  };
}

function pairs(values: readonly number[], step: 2 | 3): [number, number][] {
  const found: [number, number][] = [];
  for (let i = 0; i + step <= values.length; i += step) {
    if (step === 2 || values[i + 2] !== 0) found.push([values[i] ?? 0, values[i + 1] ?? 0]);
  }
  return found;
}

/** Not `Math.min(...)`: a polygon may have more points than a call may have arguments. */
function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

function areaOf(extent: Extent | undefined): number {
  return extent === undefined ? 0 : extent.width * extent.height;
}

/** Enough digits for a hundredth of a pixel, and never an exponent. */
function fix(value: number): string {
  return Math.max(-100_000, Math.min(100_000, value)).toFixed(2);
}
