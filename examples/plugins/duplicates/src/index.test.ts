import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conformance, createTestHost } from '@datavis/plugin-testing';
import { differenceHash } from './difference-hash.js';
import { joined } from './find-groups.js';
import { duplicates } from './index.js';

const SIDE = 36;
const shown = (rgb: Uint8Array) => ({ rgb, widthPx: SIDE, heightPx: SIDE });

/** A picture with a gradient whose direction and slope follow from the seed. */
function picture(seed: number, noise = 0): Uint8Array {
  const rgb = new Uint8Array(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const wave = Math.sin((x * (seed + 1)) / 7) + Math.cos((y * (seed + 3)) / 9);
      rgb.fill(128 + wave * 50 + ((x + y) % 2) * noise, (y * SIDE + x) * 3, (y * SIDE + x + 1) * 3);
    }
  }
  return rgb;
}

function distance(a: bigint, b: bigint): number {
  return BigInt.asUintN(64, a ^ b)
    .toString(2)
    .replaceAll('0', '').length;
}

it('the hash hardly changes with noise, and much with the picture', () => {
  const hash = (rgb: Uint8Array): bigint => differenceHash(rgb, SIDE, SIDE);
  strictEqual(distance(hash(picture(1)), hash(picture(1, 2))) <= 3, true);
  strictEqual(distance(hash(picture(1)), hash(picture(5))) > 10, true);
});

it('groups are what is connected', () => {
  deepStrictEqual(
    joined([
      [1n, 2n],
      [3n, 4n],
      [2n, 3n],
      [7n, 8n],
    ]),
    [
      [1n, 2n, 3n, 4n],
      [7n, 8n],
    ],
  );
});

it('finds exact and near duplicates, and leaks between splits', async () => {
  const host = await createTestHost({ plugins: [duplicates] });
  try {
    const image = (id: number, file_name: string): { id: number; file_name: string } => ({ id, file_name });
    await host.ingest(
      { images: [image(1, 'a.jpg'), image(2, 'b.jpg'), image(3, 'c.jpg')], annotations: [] },
      { dataset: 'd', split: 'train' },
    );
    await host.ingest(
      { images: [image(1, 'a-again.jpg'), image(2, 'b-noisy.jpg')], annotations: [] },
      { dataset: 'd', split: 'val' },
    );
    await host.showImages({
      'a.jpg': shown(picture(1)),
      'a-again.jpg': shown(picture(1)),
      'b.jpg': shown(picture(5)),
      'b-noisy.jpg': shown(picture(5, 2)),
      'c.jpg': shown(picture(9)),
    });
    const found = (await host.operation('duplicates', 'find', { maxDistance: 3 })) as {
      groups: { kind: string; splits: string[]; images: { fileName: string }[] }[];
      leaks: number;
    };
    strictEqual(found.leaks, 2);
    deepStrictEqual(
      found.groups.map(({ kind, splits, images }) => [kind, splits, images.map(({ fileName }) => fileName)]),
      [
        ['exact', ['train', 'val'], ['a.jpg', 'a-again.jpg']],
        ['near', ['train', 'val'], ['b.jpg', 'b-noisy.jpg']],
      ],
    );
  } finally {
    await host.close();
  }
});

conformance(duplicates, { packageFolder: fileURLToPath(new URL('..', import.meta.url)) }, { describe, it });
