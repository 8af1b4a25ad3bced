/** The keys of a COCO annotation that a label line gives. */
export interface Label {
  readonly category_id: number;
  /** `[x, y, width, height]` in pixels. */
  readonly bbox: readonly [number, number, number, number];
  readonly area: number;
  readonly segmentation?: readonly (readonly number[])[];
  readonly score?: number;
}

/**
 * `class cx cy w h` (a box), `class cx cy w h confidence` (a prediction) or `class x1 y1 x2 y2 x3 y3 …` (a polygon), all
 * from 0 to 1 of the picture. Gives the reason as a text where a line is none of these.
 *
 * @see https://docs.ultralytics.com/datasets/detect/
 */
export function parseLabelLine(line: string, widthPx: number, heightPx: number): Label | string {
  const numbers = line.trim().split(/\s+/).map(Number);
  const [category = NaN, ...rest] = numbers;
  if (!numbers.every(Number.isFinite)) return `no number in "${line.slice(0, 100)}"`;
  if (!Number.isInteger(category) || category < 0) return `no class number in "${line.slice(0, 100)}"`;
  if (!(widthPx > 0 && heightPx > 0)) return 'the size of its picture is unknown';
  if (rest.length === 4 || rest.length === 5) {
    const [cx = 0, cy = 0, w = 0, h = 0, score] = rest;
    const width = w * widthPx;
    const height = h * heightPx;
    const bbox = [cx * widthPx - width / 2, cy * heightPx - height / 2, width, height] as const;
    return { category_id: category, bbox, area: width * height, ...(score !== undefined && { score }) };
  }
  if (rest.length < 6 || rest.length % 2 === 1) return `${rest.length} numbers are no box and no polygon`;
  return polygonLabel(
    category,
    rest.map((value, index) => value * (index % 2 === 0 ? widthPx : heightPx)),
  );
}

function polygonLabel(category: number, points: readonly number[]): Label {
  const xs = points.filter((_, index) => index % 2 === 0);
  const ys = points.filter((_, index) => index % 2 === 1);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const bbox = [left, top, Math.max(...xs) - left, Math.max(...ys) - top] as const;
  let doubled = 0;
  xs.forEach((x, index) => {
    const next = (index + 1) % xs.length;
    doubled += x * (ys[next] ?? 0) - (xs[next] ?? 0) * (ys[index] ?? 0);
  });
  return { category_id: category, bbox, area: Math.abs(doubled) / 2, segmentation: [points] };
}
