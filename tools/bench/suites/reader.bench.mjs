// Parse only: the reader against the fastest C++ parser, the usual streaming parser of Python, and clarinet's events.
import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { makeCoco } from '../make-coco.mjs';
import { ijsonIterate } from '../peers.mjs';

const IMAGES = 118_287;
const ANNOTATIONS = 860_001;
const TIMES = 10;

/** Indented, keys in another order in every record, many unknown keys, escapes: the slowest form we know of. */
async function makeUgly(path) {
  const out = createWriteStream(path);
  const keys = [
    'id',
    'image_id',
    'category_id',
    'area',
    'iscrowd',
    'bbox',
    'segmentation',
    'attributes',
    'track',
    'note',
    'by',
    'at',
  ];
  out.write('{\n  "annotations": [\n');
  for (let i = 0; i < 200_000; i++) {
    const record = {
      id: i,
      image_id: i % 1000,
      category_id: i % 90,
      area: i / 7,
      iscrowd: 0,
      bbox: [i / 3, 1.5, 20.25, i % 50],
      segmentation: [Array.from({ length: 16 }, (_, k) => (i * k) % 640)],
      attributes: { occluded: i % 2 === 0, truncated: false },
      track: i,
      note: 'a "quoted"\ttext',
      by: 'ünknown',
      at: null,
    };
    const shuffled = keys.map((_, k) => keys[(k * 5 + i) % keys.length]);
    const text = JSON.stringify(Object.fromEntries(shuffled.map((key) => [key, record[key]])), undefined, 4);
    if (!out.write(`${i ? ',\n' : ''}${text}`)) await once(out, 'drain');
  }
  out.end('\n  ]\n}\n');
  await once(out, 'close');
}

function simdjson(root, input, binary) {
  const name = 'simdjson On-Demand';
  const source = `${root}/tools/bench/workers/simdjson.cpp`;
  const { status } = spawnSync('g++', ['-O3', '-march=native', '-std=c++17', source, '-lsimdjson', '-o', binary]);
  const missing = status === 0 ? undefined : 'g++ or simdjson is not installed (Debian: g++ libsimdjson-dev)';
  return { name, command: [binary, input], missing };
}

const read = (name, input) => ({
  name,
  command: ['node', 'tools/bench/workers/read-coco.mjs', input],
  verify(stdout) {
    if (JSON.parse(stdout.trim().split('\n').at(-1)).metrics.annotations === 0) throw new Error('nothing was read');
  },
});

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: 'parse of a file shaped like instances_train2017 (406 MB)',
  async contenders({ cached, root }) {
    const input = await cached(`train-like-${IMAGES}-${ANNOTATIONS}.json`, (path) =>
      makeCoco(path, IMAGES, ANNOTATIONS),
    );
    const large = await cached(`train-like-${IMAGES * TIMES}-${ANNOTATIONS * TIMES}.json`, (path) =>
      makeCoco(path, IMAGES * TIMES, ANNOTATIONS * TIMES),
    );
    const ugly = await cached('ugly-200000.json', makeUgly);
    return [
      read('datavis', input),
      read('datavis, 4 GB', large),
      read('datavis, ugly file', ugly),
      simdjson(root, input, `${input}.simdjson`),
      ijsonIterate(input),
      { name: "clarinet's events", command: ['node', 'tools/bench/workers/clarinet-events.mjs', input] },
    ];
  },
  claims: [
    { of: 'datavis', to: 'simdjson On-Demand', metric: 'userMs', atMost: 3 },
    { of: 'datavis', to: 'ijson (C backend) iterate', metric: 'userMs', atMost: 0.35 },
    { of: 'datavis', to: "clarinet's events", metric: 'userMs', atMost: 0.12 },
    { of: 'datavis', metric: 'peakRssMb', atMost: 120 },
    { of: 'datavis, 4 GB', to: 'datavis', metric: 'peakRssMb', atMost: 1.1 },
    { of: 'datavis, ugly file', to: 'datavis', metric: 'mbPerCpuSecond', atLeast: 0.5 },
  ],
};
