#!/usr/bin/env node
// Makes the sample dataset: some 60 drawn pictures in two splits, with instances, person keypoints and captions, in
// COCO's own folder layout. Seeded: the same pictures and annotations on every machine.
//
//   node tools/sample/make-sample.mjs OUT
//
// A few things are as odd as in real datasets, and stay so on purpose: category ids have holes; one picture is in a
// subfolder, one has a blank and an umlaut in its name, one is stored turned (EXIF); one is listed but missing; some
// have no annotations; a flock of birds is a crowd with a run-length mask.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { annotationFiles } from './coco.mjs';
import { toJpeg } from './draw.mjs';
import { createRandom } from './random.mjs';
import { createScene } from './scene.mjs';

const splits = [
  { name: 'train', count: 44, firstImageId: 1000, firstAnnotationId: 1, seed: 7 },
  { name: 'val', count: 16, firstImageId: 2000, firstAnnotationId: 100_001, seed: 11 },
];

/** What is odd about the n-th picture of a split. */
const oddities = {
  train: {
    4: { file: (name) => `harbour/${name}` },
    9: { flock: true },
    13: { empty: true },
    17: { file: () => 'Grüne Wiese 17.jpg' },
    21: { orientation: 6, size: [480, 640] },
    30: { missing: true },
  },
  val: { 2: { flock: true }, 6: { empty: true } },
};

function imageRecord(id, file, scene) {
  const date = new Date(Date.UTC(2026, 0, 1 + (id % 300), 8 + (id % 12), id % 60));
  return {
    license: 1,
    file_name: file,
    height: scene.height,
    width: scene.width,
    date_captured: date.toISOString().slice(0, 19).replace('T', ' '),
    id,
  };
}

async function makeSplit(folder, { name, count, firstImageId, firstAnnotationId, seed }) {
  const random = createRandom(seed);
  const pictures = [];
  for (let i = 0; i < count; i++) {
    const odd = oddities[name][i] ?? {};
    const scene = createScene(random, odd);
    const plain = `${String(firstImageId + i).padStart(12, '0')}.jpg`;
    const file = odd.file?.(plain) ?? plain;
    pictures.push({ image: imageRecord(firstImageId + i, file, scene), scene });
    if (odd.missing) continue;
    const path = join(folder, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await toJpeg(scene, odd.orientation));
  }
  await mkdir(join(folder, 'annotations'), { recursive: true });
  for (const [file, content] of Object.entries(annotationFiles(pictures, name, firstAnnotationId))) {
    await writeFile(join(folder, 'annotations', file), JSON.stringify(content));
  }
}

/** Writes the dataset to `out`, which appears only when it is complete. */
export async function makeSample(out) {
  const unfinished = `${out}.${process.pid}.part`;
  await rm(unfinished, { recursive: true, force: true });
  for (const split of splits) await makeSplit(unfinished, split);
  await rm(out, { recursive: true, force: true });
  await rename(unfinished, out);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [out] = process.argv.slice(2);
  if (!out) {
    console.error('usage: make-sample.mjs OUT');
    process.exit(2);
  }
  await makeSample(out);
}
