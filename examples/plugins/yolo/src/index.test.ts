import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conformance, importerConformance } from '@datavis/plugin-testing';
import { labelKeyOf, yolo } from './index.js';
import { parseLabelLine } from './label-line.js';

/** The header of a PNG of 100 × 50 pixels: enough for its size. */
const PNG = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
  Buffer.from('IHDR'),
  Buffer.from([0, 0, 0, 100, 0, 0, 0, 50, 8, 2, 0, 0, 0, 0, 0, 0, 0]),
]);

it('reads boxes, predictions and polygons, and says what is wrong with a line', () => {
  deepStrictEqual(parseLabelLine('2 0.5 0.5 0.2 0.4', 100, 50), {
    category_id: 2,
    bbox: [40, 15, 20, 20],
    area: 400,
  });
  deepStrictEqual(parseLabelLine('0 0.5 0.5 1 1 0.9', 10, 10), {
    category_id: 0,
    bbox: [0, 0, 10, 10],
    area: 100,
    score: 0.9,
  });
  deepStrictEqual(parseLabelLine('1 0 0 1 0 1 1', 10, 20), {
    category_id: 1,
    bbox: [0, 0, 10, 20],
    area: 100,
    segmentation: [[0, 0, 10, 0, 10, 20]],
  });
  strictEqual(parseLabelLine('a 1 2 3 4', 1, 1), 'no number in "a 1 2 3 4"');
  strictEqual(parseLabelLine('0 1 2', 1, 1), '2 numbers are no box and no polygon');
});

it('labels lie beside the images, or in a folder of their own', () => {
  strictEqual(labelKeyOf('images/train/a.b.jpg'), 'labels/train/a.b.txt');
  strictEqual(labelKeyOf('train/images/a.jpg'), 'train/labels/a.txt');
  strictEqual(labelKeyOf('a.jpg'), 'a.txt');
});

importerConformance(
  yolo,
  {
    format: 'yolo',
    samples: [
      {
        name: 'data.yaml with splits',
        files: {
          'data.yaml': 'path: .\ntrain: images/train\nnames:\n  0: cat\n  1: dog\n',
          'images/train/a.png': PNG,
          'images/train/empty.png': PNG,
          'labels/train/a.txt': '1 0.5 0.5 0.2 0.4\n0 0.5 0.5 x 1\n',
        },
        expect: {
          images: [
            { file_name: 'images/train/a.png', width: 100, height: 50 },
            { file_name: 'images/train/empty.png' },
          ],
          annotations: [{ bbox_x: 40, bbox_y: 15, bbox_w: 20, bbox_h: 20, category_id: 1 }],
          categories: [
            { id: 0, name: 'cat' },
            { id: 1, name: 'dog' },
          ],
        },
        refused: 1,
      },
      {
        name: 'classes.txt and one folder',
        files: { 'classes.txt': 'cat\r\ndog\r\n', 'a.png': PNG, 'a.txt': '0 0.5 0.5 1 1\n' },
        expect: {
          images: [{ file_name: 'a.png' }],
          annotations: [{ area: 5000 }],
          categories: [{ name: 'cat' }, { name: 'dog' }],
        },
      },
    ],
    foreign: [
      { 'annotations/instances.json': '{"images":[],"annotations":[]}' },
      { 'Annotations/a.xml': '<annotation/>', 'JPEGImages/a.jpg': 'x' },
      { 'classes.txt': 'a\n', 'notes.txt': 'just some words here\n' },
    ],
  },
  { describe, it },
);

conformance(yolo, { packageFolder: fileURLToPath(new URL('..', import.meta.url)) }, { describe, it });
