import { seededRandom } from '@datavis/engine';
import type { ImportRecord } from '@datavis/plugin-sdk';

/** A COCO dataset as plain objects. Ids may be numbers, bigints or texts; further sections and keys are kept. */
export interface CocoFixture {
  readonly images?: readonly ImportRecord[];
  readonly annotations?: readonly ImportRecord[];
  readonly categories?: readonly ImportRecord[];
  readonly [section: string]: unknown;
}

/** How large a fixture is, and how ugly. */
export interface CocoFixtureOptions {
  /** Default 20. */
  readonly images?: number;
  /** On average; from none to twice as many. Default 3. */
  readonly annotationsPerImage?: number;
  /** Default 4. */
  readonly categories?: number;
  /** Same seed, same fixture. Default 1. */
  readonly seed?: number;
  /**
   * Mixes in what real files hold: run-length masks, ids above 2^53, texts as ids, no box, boxes of odd values, empty
   * and flat polygons, unicode names, orphans, duplicate ids. Default false.
   */
  readonly hard?: boolean;
}

const BIG = 2n ** 53n + 1n;

/** Each replaces some keys of an annotation. */
const ODDITIES: readonly ImportRecord[] = [
  { id: BIG },
  { id: 'text-id' },
  { id: 1 },
  { bbox: undefined, area: undefined },
  { bbox: [-3, 4, 0, 2.5] },
  { bbox: ['1', 2, 3, 4] },
  { bbox: [1, 2, 3, 4, 5] },
  { bbox: null },
  { segmentation: [] },
  { segmentation: [[]] },
  { segmentation: [1, 2, 3, 4, 5, 6] },
  { segmentation: { counts: [4, 2, 3], size: [3, 3] }, iscrowd: 1 },
  { segmentation: { counts: '04O', size: [9, 9] }, iscrowd: true },
  { image_id: 4_000_000_000 },
  { image_id: 'nowhere' },
  { category_id: 0 },
  { category_id: undefined },
  { keypoints: [1, 2, 2, 3], num_keypoints: 1 },
  { caption: 'naïve café 猫 🐈' },
  { score: 0.5, note: { nested: [1, null, 'ü'] } },
];

/** A seeded synthetic COCO dataset. */
export function cocoFixture(options: CocoFixtureOptions = {}): CocoFixture {
  const { images: count = 20, annotationsPerImage = 3, categories: kinds = 4, seed = 1, hard = false } = options;
  const random = seededRandom(seed);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const sizes = Array.from({ length: count }, () => [64 + upTo(1000), 64 + upTo(1000)] as const);
  const images: ImportRecord[] = sizes.map(([width, height], index) => ({
    id: index + 1,
    file_name: `${String(index + 1).padStart(12, '0')}.jpg`,
    width,
    height,
  }));
  const annotations: ImportRecord[] = [];
  sizes.forEach(([width, height], index) => {
    for (let rest = upTo(annotationsPerImage * 2 + 1); rest > 0; rest--) {
      const [w, h] = [1 + upTo(width - 1), 1 + upTo(height - 1)];
      const [x, y] = [upTo(width - w + 1), upTo(height - h + 1)];
      const plain = {
        id: annotations.length + 1,
        image_id: index + 1,
        category_id: 1 + upTo(kinds),
        bbox: [x, y, w, h],
        area: w * h,
        iscrowd: 0,
        segmentation: [[x, y, x + w, y, x + w, y + h, x, y + h]],
      };
      const oddity = hard && random() < 0.5 ? ODDITIES[annotations.length % ODDITIES.length] : undefined;
      annotations.push({ ...plain, ...oddity });
    }
  });
  if (hard) {
    images.push({ id: 1, file_name: 'same-id.jpg' }, { id: BIG, file_name: 'ein Bild – größer.JPG', height: 5 });
    images.push({ id: '007', file_name: '猫/🐈 .png', width: null, height: 'tall' }, { file_name: 'no-id.jpg' });
  }
  const categories = Array.from({ length: kinds }, (_, index) => ({
    id: index + 1,
    name: `class ${index + 1}`,
    supercategory: index % 2 === 0 ? 'even' : 'odd',
  }));
  return { info: { description: `cocoFixture seed ${seed}` }, images, annotations, categories };
}
