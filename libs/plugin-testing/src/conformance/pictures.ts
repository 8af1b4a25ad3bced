import { deepStrictEqual } from 'node:assert/strict';
import { exactJson, seededRandom } from '@datavis/engine';
import type { PluginEntry } from '@datavis/plugin-sdk';
import { createTestHost, type TestPicture } from '../test-host.js';

/** A picture of these sides, each with other pixels. */
function picture(widthPx: number, heightPx: number): TestPicture {
  const random = seededRandom(widthPx * 1000 + heightPx);
  return { widthPx, heightPx, rgb: Uint8Array.from({ length: widthPx * heightPx * 3 }, () => random() * 256) };
}

const PICTURES: Readonly<Record<string, TestPicture>> = {
  'dot.jpg': picture(1, 1),
  'line.jpg': picture(256, 1),
  'upright.jpg': picture(3, 41),
  'plain.jpg': { widthPx: 8, heightPx: 8, rgb: new Uint8Array(8 * 8 * 3).fill(127) },
  'usual.jpg': picture(64, 48),
};

/** Ids of every kind: of a picture, a hook gets `id` or `idText`, or neither. */
const IDS = [1, 2n ** 53n + 1n, 'text', undefined, 5];

/** What `onImageDecoded` makes of pictures small and large, as one text. */
export async function shownPictures(entry: PluginEntry): Promise<string> {
  const host = await createTestHost({ plugins: [entry] });
  try {
    const images = Object.keys(PICTURES).map((file_name, index) => ({ id: IDS[index], file_name }));
    const run = await host.ingest({ images, annotations: [], categories: [] });
    if (run.error !== undefined) throw run.error;
    const { failures } = await host.showImages(PICTURES);
    deepStrictEqual(failures, []);
    return exactJson(await run.rows('images'));
  } finally {
    await host.close();
  }
}
