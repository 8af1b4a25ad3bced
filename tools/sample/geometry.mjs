// Polygons as lists of [x, y] points in pixels: made, moved, measured.

/** Points of an ellipse. */
export function ellipse(cx, cy, rx, ry = rx, points = 28) {
  return Array.from({ length: points }, (_, i) => {
    const angle = (i / points) * 2 * Math.PI;
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)];
  });
}

/** A bar with round ends from `a` to `b`, such as a limb. */
export function capsule([ax, ay], [bx, by], radiusA, radiusB = radiusA) {
  const direction = Math.atan2(by - ay, bx - ax);
  const arc = (cx, cy, radius, from) =>
    Array.from({ length: 7 }, (_, i) => {
      const angle = direction + from + (i / 6) * Math.PI;
      return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)];
    });
  return [...arc(ax, ay, radiusA, Math.PI / 2), ...arc(bx, by, radiusB, -Math.PI / 2)];
}

export const rectangle = (x, y, w, h) => [
  [x, y],
  [x + w, y],
  [x + w, y + h],
  [x, y + h],
];

/** Moves and scales points given in a shape's own units, y upwards from its foot. */
export const place = (points, x, footY, scale) => points.map(([px, py]) => [x + px * scale, footY - py * scale]);

/** Cuts what lies outside the picture (Sutherland and Hodgman, 1974). */
export function clip(polygon, width, height) {
  const edges = [
    [([x]) => x >= 0, (a, b) => crossing(a, b, 0, 0)],
    [([x]) => x <= width, (a, b) => crossing(a, b, 0, width)],
    [([, y]) => y >= 0, (a, b) => crossing(a, b, 1, 0)],
    [([, y]) => y <= height, (a, b) => crossing(a, b, 1, height)],
  ];
  return edges.reduce((points, [inside, cut]) => {
    const kept = [];
    points.forEach((point, i) => {
      const before = points[(i + points.length - 1) % points.length];
      if (inside(point) !== inside(before)) kept.push(cut(before, point));
      if (inside(point)) kept.push(point);
    });
    return kept;
  }, polygon);
}

function crossing(a, b, axis, at) {
  const t = (at - a[axis]) / (b[axis] - a[axis]);
  const point = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
  point[axis] = at;
  return point;
}

/** [x, y, width, height] around all parts. */
export function boundingBox(parts) {
  const points = parts.flat();
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, Math.max(...xs) - left, Math.max(...ys) - top];
}

function covers(polygon, x, y) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Which pixel centres of the picture the parts cover, column after column, as COCO's run-length encoding counts them. */
export function mask(parts, width, height) {
  const pixels = new Uint8Array(width * height);
  for (const part of parts) {
    const [left, top, w, h] = boundingBox([part]);
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, left + w); x++) {
      for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, top + h); y++) {
        if (covers(part, x + 0.5, y + 0.5)) pixels[x * height + y] = 1;
      }
    }
  }
  return pixels;
}

/** Lengths of the runs of 0 and 1 in turn, beginning with 0. */
export function runLengths(pixels) {
  const counts = [];
  let value = 0;
  let run = 0;
  for (const pixel of pixels) {
    if (pixel !== value) {
      counts.push(run);
      value = pixel;
      run = 0;
    }
    run++;
  }
  return [...counts, run];
}
