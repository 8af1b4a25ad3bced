// Questions to a catalog of 1.2 million annotations, as the API asks them: a filter and a page of 100 rows with all
// their columns. `naive SQL` is the same page as one would write it by hand.
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { makeCoco } from '../make-coco.mjs';

const IMAGES = 165_000;
const ANNOTATIONS = 1_200_000;
const PAGES = [
  'images by category and area',
  'annotations by category',
  'annotations by area',
  'images by text',
  'annotations of one image',
  'images without annotations',
];
/** The first looks at rows that lie all over the table. Shown, and promised nothing. */
const OTHERS = ['annotations, largest first', 'naive SQL'];

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: `questions to a catalog of ${ANNOTATIONS.toLocaleString('en')} annotations`,
  async contenders({ cached, root }) {
    const name = `train-like-${IMAGES}-${ANNOTATIONS}`;
    const database = await cached(`${name}.duckdb`, async (path) => {
      const input = await cached(`${name}.json`, (file) => makeCoco(file, IMAGES, ANNOTATIONS));
      const args = ['apps/cli/bin/datavis.js', 'import', input, '--no-media', '--db', path, '--dataset', 'train'];
      await promisify(execFile)(process.execPath, args, { cwd: root });
      rmSync(`${path}.lock`, { force: true });
    });
    return [...PAGES, ...OTHERS, 'stats'].map((question) => ({
      name: question,
      command: ['node', 'tools/bench/workers/catalog-queries.mjs', database, question],
      verify(stdout) {
        const { metrics } = JSON.parse(stdout.trim().split('\n').at(-1));
        if (!(metrics.rows > 0)) throw new Error(`${question}: no rows`);
      },
    }));
  },
  claims: [
    ...PAGES.map((of) => ({ of, metric: 'p95Ms', atMost: 50 })),
    { of: 'stats', metric: 'p95Ms', atMost: 300 },
    { of: 'annotations by category', to: 'naive SQL', metric: 'cpuMs', atMost: 1 },
  ],
};
