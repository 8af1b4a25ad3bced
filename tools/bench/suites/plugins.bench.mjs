// What ten column plugins cost: the same import with and without them, from a cold start to committed.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCoco } from '../make-coco.mjs';

const IMAGES = 100_000;
const ANNOTATIONS = 1_000_000;
const PLUGINS = 10;
const folder = join(tmpdir(), 'datavis-bench-plugins');
const files = Array.from({ length: PLUGINS }, (_, index) => join(folder, `column-${index}.mjs`));

/** A plugin with one column, computed from two others, as `npm create @datavis/plugin` writes it. */
const source = (index) => `
export default {
  '~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: ['columns', 'onAnnotations'] },
  name: 'column-${index}', version: '1.0.0',
  columns: { annotations: { value: 'f32' } },
  onAnnotations(batch) {
    const width = batch.column('bbox_w');
    const height = batch.column('bbox_h');
    const value = batch.output('value');
    for (let row = 0; row < batch.length; row++) value[row] = width[row] * height[row] + ${index};
  },
};`;

function contender(name, input, plugins) {
  const database = join(folder, `${name.replaceAll(' ', '-')}.duckdb`);
  return {
    name,
    command: [
      ...['node', 'apps/cli/bin/datavis.js', 'import', input, '--no-media', '--db', database, '--json'],
      ...(plugins.length === 0 ? ['--no-plugins'] : plugins.flatMap((file) => ['--plugin', file])),
    ],
    before: () => ['', '.wal', '.lock'].forEach((suffix) => rmSync(database + suffix, { force: true })),
    verify(stdout) {
      const { imported } = JSON.parse(stdout.trim().split('\n').at(-1));
      if (imported.annotations !== ANNOTATIONS) throw new Error(`imported ${imported.annotations} annotations`);
    },
  };
}

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: `${PLUGINS} column plugins over ${ANNOTATIONS.toLocaleString('en')} annotations`,
  async contenders({ cached }) {
    const input = await cached(`train-like-${IMAGES}-${ANNOTATIONS}.json`, (path) =>
      makeCoco(path, IMAGES, ANNOTATIONS),
    );
    mkdirSync(folder, { recursive: true });
    files.forEach((file, index) => {
      writeFileSync(file, source(index));
    });
    return [contender('ten plugins', input, files), contender('no plugin', input, [])];
  },
  claims: [
    { of: 'ten plugins', to: 'no plugin', metric: 'userMs', atMost: 1.15 },
    { of: 'ten plugins', to: 'no plugin', metric: 'wallMs', atMost: 1.15 },
  ],
};
