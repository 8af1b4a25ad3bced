import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fixture } from './dataset.js';

/** One annotation file of some 25 MB, larger than what sockets and streams hold on the way; no pictures. */
export function makeLargeDataset(dir: string): Promise<Fixture> {
  mkdirSync(dir, { recursive: true });
  const images = Array.from({ length: 5000 }, (_, id) => ({ id, file_name: `${id}.jpg`, width: 640, height: 480 }));
  const polygon = Array.from({ length: 60 }, (_, at) => (at * 7) % 479);
  const annotations = Array.from({ length: 60_000 }, (_, id) => ({
    id,
    image_id: id % 5000,
    category_id: 1,
    bbox: [1, 2, 30, 40.5],
    area: 1215,
    iscrowd: 0,
    segmentation: [polygon],
  }));
  const categories = [{ id: 1, name: 'thing' }];
  writeFileSync(join(dir, 'instances.json'), JSON.stringify({ images, annotations, categories }));
  return Promise.resolve({ dir, fileNames: [] });
}
