// The example plugins as their users have them: named in a config, run by the installed command line and by the API.
import { deepStrictEqual } from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exec } from '../exec.mjs';
import { root } from '../workspace.mjs';
import { get, serve } from './serve.mjs';

const PLUGINS = ['duplicates', 'color-embeddings', 'yolo', 'pascal-voc'];
/** Of the sample's pictures. */
const [WIDTH_PX, HEIGHT_PX] = [640, 480];

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/** The same picture in other bytes: a comment follows the marker that every JPEG begins with. */
function withComment(jpeg) {
  const text = Buffer.from('nearly the same');
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, text.length + 2]), text]);
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
}

/** Four pictures in two splits; `val` has the bytes of one of `train`, and another with other bytes. */
function writeLeak(folder, [first, second]) {
  for (const [split, files] of [
    ['train', { 'a.jpg': first, 'b.jpg': second }],
    ['val', { 'c.jpg': first, 'd.jpg': second }],
  ]) {
    const names = Object.keys(files);
    for (const name of names) copy(files[name], join(folder, split, name));
    if (split === 'val') write(join(folder, split, 'd.jpg'), withComment(readFileSync(second)));
    const images = names.map((file_name, index) => ({ id: index + 1, file_name }));
    const coco = { images, annotations: [], categories: [] };
    write(join(folder, 'annotations', `instances_${split}.json`), JSON.stringify(coco));
  }
}

const FORMATS = [
  {
    format: 'yolo',
    refused: 1,
    box: [0.375 * WIDTH_PX, 0.25 * HEIGHT_PX, 0.25 * WIDTH_PX, 0.5 * HEIGHT_PX, 'dog'],
    write(folder, [picture]) {
      write(join(folder, 'data.yaml'), 'names: [cat, dog]\n');
      copy(picture, join(folder, 'images', 'a.jpg'));
      write(join(folder, 'labels', 'a.txt'), '1 0.5 0.5 0.25 0.5\nnonsense\n');
    },
  },
  {
    format: 'voc',
    refused: 0,
    // Pixels of VOC count from 1, and the last one is inside.
    box: [0, 10, 10, 10, 'cat'],
    write(folder, [picture]) {
      const size = `<size><width>${WIDTH_PX}</width><height>${HEIGHT_PX}</height><depth>3</depth></size>`;
      const box = '<bndbox><xmin>1</xmin><ymin>11</ymin><xmax>10</xmax><ymax>20</ymax></bndbox>';
      copy(picture, join(folder, 'JPEGImages', 'a.jpg'));
      write(
        join(folder, 'Annotations', 'a.xml'),
        `<annotation><filename>a.jpg</filename>${size}<object><name>cat</name>${box}</object></annotation>`,
      );
    },
  },
];

/** `datavis import --format`, by name and by asking every plugin: the same rows, the picture found, nothing silent. */
async function checkFormat(datavis, folder, { format, refused, box, write: writeFiles }, pictures) {
  writeFiles(folder, pictures);
  for (const named of [format, 'auto']) {
    const database = `${format}-${named}.duckdb`;
    const result = await datavis('import', folder, '--format', named, '--db', database, '--json');
    deepStrictEqual(result.imported.annotations, 1);
    deepStrictEqual(result.refused.annotations, refused);
    deepStrictEqual(result.media, { found: 1, missing: 0, unlisted: 0 });
    const sql =
      'SELECT [bbox_x, bbox_y, bbox_w, bbox_h] AS box, name FROM annotations JOIN categories USING (category_key)';
    const [row] = await datavis('query', sql, '--db', database, '--json');
    deepStrictEqual([...row.box, row.name], box);
  }
}

/** Operations of the leak's dataset, and what they have to find. */
const OPERATIONS = [
  {
    words: ['duplicates', 'find'],
    input: {},
    found: {
      groups: [
        {
          kind: 'exact',
          images: [
            { fileName: 'a.jpg', split: 'train' },
            { fileName: 'c.jpg', split: 'val' },
          ],
          splits: ['train', 'val'],
        },
        {
          kind: 'near',
          images: [
            { fileName: 'b.jpg', split: 'train' },
            { fileName: 'd.jpg', split: 'val' },
          ],
          splits: ['train', 'val'],
        },
      ],
      leaks: 2,
    },
  },
  {
    words: ['color_embeddings', 'similar'],
    input: { fileName: 'a.jpg', count: 1 },
    found: [{ fileName: 'c.jpg', score: 1 }],
  },
];

function ask(datavis, { words, input }) {
  const pairs = Object.entries(input).map(([key, value]) => `${key}=${value}`);
  return datavis(...words, ...pairs, '--db', 'leak.duckdb');
}

async function post(base, { words: [namespace, name], input }) {
  const response = await get(`${base}/v1/plugins/${namespace}/operations/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  return (await response.json()).result;
}

/** Needs the examples built: after `checkExamples`. */
export async function checkPluginsAtWork(tally, consumer) {
  const bin = join(consumer, 'node_modules', '@datavis', 'cli', 'bin', 'datavis.js');
  const project = join(consumer, 'plugins-at-work');
  const plugins = PLUGINS.map((name) => `../examples/plugins/${name}`);
  write(join(project, 'datavis.config.json'), JSON.stringify({ plugins }));
  await exec(process.execPath, [join(root, 'tools', 'sample', 'make-sample.mjs'), join(project, 'sample')]);
  const pictures = ['000000001000.jpg', '000000001001.jpg'].map((name) => join(project, 'sample', 'train', name));
  const datavis = async (...args) => {
    const { stdout } = await exec(process.execPath, [bin, ...args], { cwd: project });
    return JSON.parse(stdout);
  };

  for (const one of FORMATS) {
    await tally.check(`datavis import --format ${one.format}, from the tarballs`, () =>
      checkFormat(datavis, join(project, one.format), one, pictures),
    );
  }

  writeLeak(join(project, 'leak'), pictures);
  await tally.check('datavis import shows pictures to the plugins of the config', async () => {
    const { shown } = await datavis('import', 'leak', '--db', 'leak.duckdb', '--json');
    deepStrictEqual(shown, { decoded: 4, failed: 0, failures: [] });
  });
  for (const one of OPERATIONS) {
    await tally.check(`datavis ${one.words.join(' ')}`, async () => {
      deepStrictEqual(await ask(datavis, one), one.found);
    });
  }
  const { url, stop } = serve(bin, 'leak.duckdb', { cwd: project });
  try {
    for (const one of OPERATIONS) {
      await tally.check(`POST …/${one.words.join('/operations/')}: the same answer`, async () => {
        deepStrictEqual(await post(await url, one), one.found);
      });
    }
  } finally {
    await stop();
  }
}
