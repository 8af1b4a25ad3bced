import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

export interface Fixture {
  readonly dir: string;
  /** Images of split `train`, then those of `val`. */
  readonly fileNames: readonly string[];
}

const CATEGORIES = [
  { id: 1, name: 'dog', supercategory: 'animal' },
  { id: 7, name: "o'sofa", supercategory: 'furniture' },
  { id: 90, name: 'person', supercategory: 'person', keypoints: ['nose', 'tail'], skeleton: [[1, 2]] },
];

/**
 * A dataset in COCO's own layout: two splits, real pictures, polygons, run-length encoding, keypoints, captions, an
 * image without annotations, a missing file, ids above 2^53, keys that COCO does not know.
 */
export async function writeDataset(dir: string): Promise<Fixture> {
  mkdirSync(join(dir, 'annotations'), { recursive: true });
  const fileNames: string[] = [];
  let annotationId = 1;
  const splits: readonly (readonly [string, number])[] = [
    ['train', 1],
    ['val', 7],
  ];
  for (const [split, first] of splits) {
    mkdirSync(join(dir, split));
    const images: object[] = [];
    const annotations: object[] = [];
    const captions: object[] = [];
    for (let n = first; n < first + 6; n++) {
      const fileName = n === 2 ? 'ein Bild ü%20#2.jpg' : `${String(n).padStart(6, '0')}.jpg`;
      fileNames.push(fileName);
      images.push({
        id: n === 3 ? '#BIG#' : n,
        file_name: fileName,
        width: 320,
        height: 200 + n,
        license: 1,
        weather: { rain: n % 2 === 0 },
      });
      if (n !== 4) writeFileSync(join(dir, split, fileName), await picture(n));
      for (let k = 0; k < n % 4; k++) {
        annotations.push({
          id: annotationId++,
          image_id: n === 3 ? '#BIG#' : n,
          category_id: CATEGORIES[k]?.id,
          bbox: [10 * k, 20, 30 + n, 40.5],
          area: 100 * n + k,
          iscrowd: k === 1 ? 1 : 0,
          segmentation:
            k === 1
              ? { size: [200 + n, 320], counts: [0, 64, (200 + n) * 320 - 64] }
              : [[10, 20, 40, 20, 40, 60.5]],
          ...(k === 2 && { keypoints: [15, 25, 2, 30, 50, 1], num_keypoints: 2 }),
        });
      }
      captions.push({ id: 1000 + n, image_id: n === 3 ? '#BIG#' : n, caption: `picture number ${n}` });
    }
    const write = (name: string, content: object): void => {
      // The one id that JavaScript's numbers cannot hold.
      writeFileSync(
        join(dir, 'annotations', name),
        JSON.stringify(content).replaceAll('"#BIG#"', '9007199254740993'),
      );
    };
    const licenses = [{ id: 1, name: 'CC0', url: 'https://example.org/' }];
    write(`instances_${split}.json`, {
      info: { year: 2026 },
      licenses,
      images,
      annotations,
      categories: CATEGORIES,
    });
    write(`captions_${split}.json`, { images, annotations: captions });
  }
  return { dir, fileNames };
}

/** A white disc on a colour; drawn by hand, since a running server has forbidden sharp to read SVG. */
function picture(n: number): Promise<Buffer> {
  const [width, height] = [320, 200 + n];
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at++) {
    const isDisc = Math.hypot((at % width) - 20 * n, Math.floor(at / width) - 90) < 60;
    pixels.set(isDisc ? [255, 255, 255] : [20 * n, 150, 255 - 20 * n], at * 3);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}
