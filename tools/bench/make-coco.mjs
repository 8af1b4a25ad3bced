#!/usr/bin/env node
// Writes a COCO instances file shaped like instances_train2017.json: one line, the same key order, boxes with two
// decimals, polygons of 4 to 77 points, one annotation in 86 an uncompressed RLE crowd. The defaults give 118,287
// images and 860,001 annotations, about 406 MB. Same arguments, same bytes.
//
//   node tools/bench/make-coco.mjs OUT [images] [annotations]
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pathToFileURL } from 'node:url';

const CATEGORIES = 90;
const FLUSH_CHARS = 1 << 20;

/** Numerical Recipes' linear congruential generator: 32 bits of state, the same numbers on every machine. */
function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** As Python prints a value rounded to two decimals: `12.5`, `3.0`, `0.07`. */
function twoDecimals(value) {
  const text = value.toFixed(2);
  if (text.endsWith('00')) return text.slice(0, -1);
  return text.endsWith('0') ? text.slice(0, -1) : text;
}

function image(i) {
  const id = i * 5 + 9;
  const name = `${String(id).padStart(12, '0')}.jpg`;
  return (
    `{"license": ${1 + (i % 8)},"file_name": "${name}","coco_url": "http://images.cocodataset.org/train2017/${name}",` +
    `"height": ${360 + (i % 280)},"width": 640,"date_captured": "2013-11-14 11:18:45",` +
    `"flickr_url": "http://farm9.staticflickr.com/8186/8119368305_4e622c8349_z.jpg","id": ${id}}`
  );
}

function annotation(i, imageCount, random) {
  const below = (n) => Math.trunc(random() * n);
  const imageId = below(imageCount) * 5 + 9;
  const box = [random() * 500, random() * 400, random() * 140, random() * 100];
  const points = 4 + Math.trunc(random() * random() * 74);
  const crowd = i % 86 === 0;
  const segmentation = crowd
    ? `{"counts": [${Array.from({ length: 60 + below(100) }, () => below(900)).join(', ')}],"size": [480,640]}`
    : `[[${Array.from({ length: points * 2 }, () => twoDecimals(random() * 640)).join(',')}]]`;
  return (
    `{"segmentation": ${segmentation},"area": ${twoDecimals(box[2] * box[3])},"iscrowd": ${crowd ? 1 : 0},` +
    `"image_id": ${imageId},"bbox": [${box.map(twoDecimals).join(',')}],"category_id": ${1 + below(CATEGORIES)},"id": ${i + 1}}`
  );
}

/** The file's text in pieces, in order. */
function* pieces(imageCount, annotationCount) {
  const random = seededRandom(42);
  yield '{"info": {"description": "COCO 2017 Dataset","url": "http://cocodataset.org","version": "1.0","year": 2017,"contributor": "COCO Consortium","date_created": "2017/09/01"},';
  yield '"licenses": [{"url": "http://creativecommons.org/licenses/by-nc-sa/2.0/","id": 1,"name": "Attribution-NonCommercial-ShareAlike License"}],"images": [';
  for (let i = 0; i < imageCount; i++) yield (i ? ',' : '') + image(i);
  yield '],"annotations": [';
  for (let i = 0; i < annotationCount; i++) yield (i ? ',' : '') + annotation(i, imageCount, random);
  yield '],"categories": [';
  for (let i = 0; i < CATEGORIES; i++) {
    yield `${i ? ',' : ''}{"supercategory": "s${i % 12}","id": ${i + 1},"name": "class${i}"}`;
  }
  yield ']}';
}

/** Writes the file; resolves when it is complete. */
export async function makeCoco(path, imageCount = 118_287, annotationCount = 860_001) {
  const file = createWriteStream(path);
  let pending = '';
  for (const piece of pieces(imageCount, annotationCount)) {
    pending += piece;
    if (pending.length < FLUSH_CHARS) continue;
    if (!file.write(pending)) await once(file, 'drain');
    pending = '';
  }
  file.end(pending);
  await once(file, 'close');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [out, images, annotations] = process.argv.slice(2);
  if (!out) {
    console.error('usage: make-coco.mjs OUT [images] [annotations]');
    process.exit(2);
  }
  const count = (text) => (text === undefined ? undefined : Number(text));
  await makeCoco(out, count(images), count(annotations));
}
