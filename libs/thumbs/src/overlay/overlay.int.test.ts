import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { DecodedPixels } from '@datavis/plugin-sdk';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import {
  categoryColour,
  categoryColours,
  contactSheet,
  contactSheetHtml,
  drawOverlay,
  type OverlayShape,
} from './index.js';
import { rgbOf } from './colours.js';

/** Left half dark, right half light: what is drawn must show on both. */
function halves(widthPx: number, heightPx: number): DecodedPixels {
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < widthPx * heightPx; i++) data.fill(i % widthPx < widthPx / 2 ? 20 : 235, i * 3, i * 3 + 3);
  return { data, channels: 3, widthPx, heightPx };
}

const disc = {
  widthPx: 80,
  heightPx: 60,
  data: Uint8Array.from({ length: 80 * 60 }, (_, i) =>
    ((i % 80) - 62) ** 2 + (Math.floor(i / 80) - 45) ** 2 < 100 ? 1 : 0,
  ),
};

const shapes: OverlayShape[] = [
  { category: 'cat', box: [40, 60, 200, 160] },
  { category: 'dog', label: 'dog .93', box: [420, 60, 180, 160] },
  {
    category: 'kite',
    polygons: [
      [60, 300, 180, 300, 120, 420],
      [200, 320, 260, 320, 260, 400, 200, 400],
    ],
  },
  { category: 'mask', rle: 'disc', box: [416, 280, 160, 160] },
  {
    category: 'person',
    label: '',
    keypoints: [300, 60, 2, 320, 160, 2, 340, 240, 1, 0, 0, 0, 300, 420, 2],
    skeleton: [
      [1, 2],
      [2, 3],
      [3, 4],
      [3, 5],
    ],
  },
];
const options = { widthPx: 640, heightPx: 480, decodeRle: (rle: unknown) => (rle === 'disc' ? disc : undefined) };

async function png({ data, channels, widthPx, heightPx }: DecodedPixels): Promise<Buffer> {
  return await sharp(data, { raw: { width: widthPx, height: heightPx, channels } })
    .png({ palette: true })
    .toBuffer();
}

/** Mean difference a channel, from 0 to 255. */
async function difference(a: Buffer, b: Buffer): Promise<number> {
  const [x, y] = await Promise.all([a, b].map((file) => sharp(file).removeAlpha().raw().toBuffer()));
  if (x === undefined || y === undefined || x.length !== y.length) return 255;
  return x.reduce((sum, value, i) => sum + Math.abs(value - (y[i] ?? 0)), 0) / x.length;
}

/** The golden picture was looked at by eye. To make it anew, delete it, run the test, and look again. */
test('boxes, polygons, masks, skeletons and labels look as in the golden picture', async () => {
  const golden = new URL('../../testing/golden/overlay.png', import.meta.url);
  const drawn = await png(await drawOverlay(halves(320, 240), shapes, options));
  if (!existsSync(golden)) writeFileSync(golden, drawn);
  const wanted = readFileSync(golden);
  expect(await difference(drawn, wanted)).toBeLessThan(0.3);
  // The comparison is able to fail: without one shape the picture differs.
  for (let i = 0; i < shapes.length; i++) {
    const less = await png(
      await drawOverlay(
        halves(320, 240),
        shapes.filter((_, at) => at !== i),
        options,
      ),
    );
    expect(await difference(less, wanted)).toBeGreaterThan(0.5);
  }
});

test('every colour stands out from black and from white', () => {
  for (let i = 0; i < 200; i++) {
    const [r, g, b] = rgbOf(categoryColour(`category ${i}`));
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    expect(luma).toBeGreaterThan(90);
    expect(luma).toBeLessThan(240);
  }
  expect(categoryColour('cat')).toBe(categoryColour('cat'));
});

/** Distance as the eye sees it, CIE 1976: about 2.3 is the least that is noticed. */
function deltaE(a: string, b: string): number {
  const [p, q] = [lab(rgbOf(a)), lab(rgbOf(b))];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function lab(rgb: readonly number[]): [number, number, number] {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  // XYZ by the white of D65.
  const [x = 0, y = 0, z = 0] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test.each([
  [8, 40],
  [16, 15],
  [24, 15],
])('colours of a dataset of %i categories are at least %i apart in CIE Lab', (count, least) => {
  const colours = [...categoryColours(Array.from({ length: count }, (_, i) => `${i}`)).values()];
  const distances = colours.flatMap((a, i) => colours.slice(0, i).map((b) => deltaE(a, b)));
  expect(Math.min(...distances)).toBeGreaterThan(least);
});

test('a category keeps its colour when others come behind it, and one named twice has one', () => {
  const before = categoryColours(['person', 'car', 'car', 'house']);
  const after = categoryColours(['person', 'car', 'house', 'tree']);
  expect(before.size).toBe(3);
  for (const [category, colour] of before) expect(after.get(category)).toBe(colour);
});

test('a shape has the colour that its category has among those of the dataset', async () => {
  const categories = ['car', 'house', 'tree'];
  const pixels = halves(64, 48);
  for (const category of categories) {
    // Filled by its mask, whose edge has the full colour.
    const mask = { data: new Uint8Array(64 * 48).fill(1), widthPx: 64, heightPx: 48 };
    const drawn = await drawOverlay(pixels, [{ category, label: '', rle: 'all' }], {
      widthPx: 64,
      heightPx: 48,
      decodeRle: () => mask,
      categories,
    });
    expect([...drawn.data.subarray(0, 3)]).toEqual([...rgbOf(categoryColours(categories).get(category) ?? '')]);
  }
});

test('names are text, whatever they hold; broken geometry is left out', async () => {
  const name = '</text><image href="file:///etc/passwd"/>&\u0000\u001b"\'';
  const nasty: OverlayShape[] = [
    { category: name, box: [10, 10, 50, 50] },
    {
      category: 'nan',
      box: [Number.NaN, 0, 5, 5],
      polygons: [[Number.POSITIVE_INFINITY, 1, 2]],
      keypoints: [1, 2],
    },
    { category: 'empty', box: [], polygons: [[]], keypoints: [], skeleton: [[7, 9], []] },
    { category: 'far', box: [-1e9, -1e9, 1e12, 1e12] },
    { category: 'many', polygons: [Array.from({ length: 300_000 }, (_, i) => (i * 37) % 300)] },
    { rle: 'unknown' },
  ];
  const drawn = await drawOverlay(halves(64, 48), nasty, { ...options, widthPx: 320, heightPx: 240 });
  expect(drawn).toMatchObject({ channels: 4, widthPx: 64, heightPx: 48 });
});

test('the pixels that are given stay as they are; without shapes nothing changes', async () => {
  const before = halves(32, 24);
  const copy = new Uint8Array(before.data);
  const drawn = await drawOverlay(before, [], { widthPx: 32, heightPx: 24 });
  expect(before.data).toEqual(copy);
  expect(await difference(await png(drawn), await png(before))).toBe(0);
});

test('a contact sheet has each picture in the middle of its place, rows as high as their tallest picture', () => {
  const red = (widthPx: number, heightPx: number): DecodedPixels => {
    const data = new Uint8Array(widthPx * heightPx * 3);
    for (let i = 0; i < data.length; i += 3) data[i] = 255;
    return { data, channels: 3, widthPx, heightPx };
  };
  const sheet = contactSheet([red(20, 10), red(10, 30), red(20, 10)], { columns: 2, tilePx: 30, gapPx: 5 });
  expect([sheet.widthPx, sheet.heightPx]).toEqual([75, 5 + 30 + 5 + 10 + 5]);
  const at = (x: number, y: number) => [...sheet.data.subarray((y * 75 + x) * 3, (y * 75 + x) * 3 + 3)];
  expect(at(10, 15)).toEqual([255, 0, 0]);
  expect(at(10, 14)).toEqual([24, 24, 24]);
  expect(at(40 + 10, 34)).toEqual([255, 0, 0]);
  expect(at(40 + 9, 34)).toEqual([24, 24, 24]);
  expect(at(29, 40 + 9)).toEqual([255, 0, 0]);
  expect(at(60, 45)).toEqual([24, 24, 24]);
  expect(contactSheet([])).toMatchObject({ channels: 3, heightPx: 6 });
});

test('a small object of a category that has a label gets none of its own', async () => {
  const drawn = (box: readonly number[]) =>
    drawOverlay(
      halves(320, 240),
      [
        { category: 'cat', box: [20, 120, 200, 100] },
        { category: 'cat', box },
      ],
      {
        widthPx: 320,
        heightPx: 240,
      },
    );
  const above = ({ data }: DecodedPixels): Buffer => Buffer.from(data.subarray(0, 320 * 78 * 4));
  const plain = await drawOverlay(halves(320, 240), [], { widthPx: 320, heightPx: 240 });
  expect(above(await drawn([250, 80, 12, 12])).equals(above(plain))).toBe(true);
  expect(above(await drawn([250, 80, 60, 60])).equals(above(plain))).toBe(false);
});

test('the HTML sheet is one file without links, and captions are text', () => {
  const tiles = [{ bytes: Buffer.from('x'), contentType: 'image/webp', caption: '<b>&"1.jpg' }];
  const html = contactSheetHtml('val & <train>', tiles);
  expect(html).toContain('<img src="data:image/webp;base64,eA==" alt="&lt;b&gt;&amp;&quot;1.jpg">');
  expect(html).toContain('<title>val &amp; &lt;train&gt;</title>');
  expect(html).not.toMatch(/<script|https?:|<b>/);
});
