import { encodeMask, toCoco } from '@datavis/ingest-coco/rle';
import { categoryColour } from '@datavis/thumbs/overlay';
import { createSharpEngine } from '@datavis/thumbs/sharp';
import { afterAll, expect, test } from 'vitest';
import type { MediaFile } from '../media/media-reader.js';
import { createDrawing } from './drawing.js';

const engine = createSharpEngine();
afterAll(() => engine.close());

const WIDTH = 96;
const HEIGHT = 64;

/** An L: a bar down the left side, a foot along the bottom. Read by rows instead of columns it would be another shape. */
function isInside(x: number, y: number): boolean {
  return (x >= 8 && x < 24 && y >= 8 && y < 56) || (x >= 8 && x < 88 && y >= 40 && y < 56);
}

const mask = Array.from({ length: WIDTH * HEIGHT }, (_, i) => (isInside(i % WIDTH, Math.floor(i / WIDTH)) ? 1 : 0));
const rle = encodeMask(mask, HEIGHT, WIDTH);

async function greyPicture(value: number): Promise<MediaFile> {
  const data = new Uint8Array(WIDTH * HEIGHT * 3).fill(value);
  const pixels = { data, channels: 3, widthPx: WIDTH, heightPx: HEIGHT } as const;
  const { bytes } = await engine.encode(pixels, { format: 'png', quality: 100 });
  return {
    identity: `${value}`,
    uri: 'mem:/grey.png',
    sizeBytes: bytes.length,
    modifiedMs: undefined,
    async *read() {
      yield bytes;
    },
  };
}

test.each([
  ['a list of counts, on a dark picture', 20, { size: [HEIGHT, WIDTH], counts: [...rle.counts] }],
  ['compressed text, on a light picture', 235, toCoco(rle)],
])('a run-length mask covers its own pixels and no others: %s', async (_name, value, segmentation) => {
  const drawn = await createDrawing(engine, { format: 'png' }).overlay(
    {
      file: await greyPicture(value),
      image: { width: WIDTH, height: HEIGHT },
      annotations: [{ category: 'cat', rle: JSON.stringify(segmentation) }],
    },
    WIDTH,
    {},
  );
  const { data, channels, widthPx, heightPx } = await engine.decode(drawn.bytes, WIDTH, false);
  expect([widthPx, heightPx]).toEqual([WIDTH, HEIGHT]);
  const colour = Number.parseInt(categoryColour('cat').slice(1), 16);
  const full = [colour >> 16, (colour >> 8) & 255, colour & 255];
  const mixed = full.map((part) => value * 0.55 + part * 0.45);
  const isLike = (at: number, wanted: readonly number[]): boolean =>
    wanted.every((part, c) => Math.abs((data[at * channels + c] ?? 0) - part) < 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const isEdge = [-1, 1].some((d) => !isInside(x + d, y) || !isInside(x, y + d));
      const wanted = !isInside(x, y) ? [value, value, value] : isEdge ? full : mixed;
      if (!isLike(y * WIDTH + x, wanted)) expect.fail(`pixel ${x}, ${y} is not ${wanted.join(' ')}`);
    }
  }
});
