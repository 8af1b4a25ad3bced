import { expect, test } from 'vitest';
import { LabelLayer } from './labels.js';

const HEIGHT_PX = 14;

/** Left, top and width of the label's ground in its SVG. */
function groundOf(svg: string): [number, number, number] {
  const [, x, y, width] = /<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.-]+)"/.exec(svg) ?? [];
  return [Number(x), Number(y), Number(width)];
}

type Ground = readonly [number, number, number];

function expectApart(grounds: readonly Ground[]): void {
  for (const [i, [x, y, width]] of grounds.entries()) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(256);
    expect(y + HEIGHT_PX).toBeLessThanOrEqual(192);
    for (const [j, [otherX, otherY, otherWidth]] of grounds.slice(0, i).entries()) {
      const apart =
        x >= otherX + otherWidth || otherX >= x + width || y >= otherY + HEIGHT_PX || otherY >= y + HEIGHT_PX;
      expect([i, j, apart]).toEqual([i, j, true]);
    }
  }
}

test('labels of objects that lie close together do not cover each other, and none leaves the picture', () => {
  const layer = new LabelLayer(256, 192);
  const names = ['bowl', 'cup', 'cake', 'knife', 'fork'];
  const grounds = names.map((name, i) =>
    groundOf(layer.label(name, '#ff0000', { x: 120 + i, y: 90 + i, width: 14, height: 12 })),
  );
  expectApart(grounds);
});

test('in a crowd, a label that would cover another is left out', () => {
  const layer = new LabelLayer(256, 192);
  const box = { x: 120, y: 90, width: 14, height: 12 };
  const svgs = Array.from({ length: 60 }, (_, i) => layer.label(`person ${i}`, '#ff0000', box));
  const shown = svgs.filter((svg) => svg !== '');
  expect(shown.length).toBeGreaterThan(8);
  expect(shown.length).toBeLessThan(60);
  expectApart(shown.map(groundOf));
});
