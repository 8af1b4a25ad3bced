// Import by the command line, from a cold start to committed, against what other tools need only to parse the file.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCoco } from '../make-coco.mjs';
import { pythonJsonLoad } from '../peers.mjs';

const IMAGES = 11_828;
const ANNOTATIONS = 86_000;
const database = join(tmpdir(), 'datavis-bench-import.duckdb');

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: 'a tenth of instances_train2017 (41 MB), from start to committed',
  async contenders({ cached }) {
    const input = await cached(`train-like-${IMAGES}-${ANNOTATIONS}.json`, (path) =>
      makeCoco(path, IMAGES, ANNOTATIONS),
    );
    const datavis = {
      name: 'datavis import',
      command: ['node', 'apps/cli/bin/datavis.js', 'import', input, '--no-media', '--db', database, '--json'],
      before: () => ['', '.wal', '.lock'].forEach((suffix) => rmSync(database + suffix, { force: true })),
      verify(stdout) {
        const { imported } = JSON.parse(stdout.trim().split('\n').at(-1));
        if (imported.annotations !== ANNOTATIONS) throw new Error(`imported ${imported.annotations} annotations`);
      },
    };
    return [datavis, pythonJsonLoad(input)];
  },
  claims: [{ of: 'datavis import', to: 'CPython json.load', metric: 'wallMs', atMost: 1 }],
};
