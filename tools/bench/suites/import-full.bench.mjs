// The full size of instances_train2017: `datavis import` from a cold start to committed, linked and checked, against
// what others need to parse the file only, and DuckDB's own JSON reader into one table.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCoco } from '../make-coco.mjs';
import { ijsonIterate, pythonJsonLoad } from '../peers.mjs';

const IMAGES = 118_287;
const ANNOTATIONS = 860_001;
const database = join(tmpdir(), 'datavis-bench-import-full.duckdb');
const plain = join(tmpdir(), 'datavis-bench-read-json.duckdb');
const remove = (path) => () => {
  for (const suffix of ['', '.wal', '.lock']) rmSync(path + suffix, { force: true });
};

/** What a user of DuckDB would type. It holds the whole document. */
function duckdbReadJson(input) {
  const columns =
    'STRUCT(id BIGINT, image_id BIGINT, category_id INT, bbox DOUBLE[], area DOUBLE, iscrowd INT, segmentation JSON)[]';
  const sql = `CREATE TABLE annotations AS SELECT a.* FROM (SELECT unnest(annotations) AS a FROM
    read_json('${input}', maximum_object_size = 1000000000, columns = {annotations: '${columns}'}))`;
  const code = `import('@datavis/storage/duckdb-node').then(async ({ openDuckDb }) => {
    const db = await openDuckDb(process.argv[1], { memoryLimitBytes: 8 * 2 ** 30 });
    await (await db.connect()).run(process.argv[2]);
    await db.close();
  });`;
  return {
    name: 'DuckDB read_json',
    command: ['node', '-e', code, plain, sql],
    before: remove(plain),
  };
}

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: 'instances_train2017 (406 MB), from start to committed',
  async contenders({ cached }) {
    const input = await cached(`train-like-${IMAGES}-${ANNOTATIONS}.json`, (path) =>
      makeCoco(path, IMAGES, ANNOTATIONS),
    );
    const datavis = {
      name: 'datavis import',
      command: ['node', 'apps/cli/bin/datavis.js', 'import', input, '--no-media', '--db', database, '--json'],
      before: remove(database),
      verify(stdout) {
        const { imported } = JSON.parse(stdout.trim().split('\n').at(-1));
        if (imported.annotations !== ANNOTATIONS || imported.images !== IMAGES) {
          throw new Error(`imported ${JSON.stringify(imported)}`);
        }
      },
    };
    return [datavis, pythonJsonLoad(input), ijsonIterate(input), duckdbReadJson(input)];
  },
  claims: [
    { of: 'datavis import', to: 'CPython json.load', metric: 'wallMs', atMost: 0.25 },
    { of: 'datavis import', to: 'ijson (C backend) iterate', metric: 'wallMs', atMost: 0.75 },
    { of: 'datavis import', to: 'DuckDB read_json', metric: 'wallMs', atMost: 0.3 },
    { of: 'datavis import', to: 'DuckDB read_json', metric: 'peakRssMb', atMost: 0.12 },
  ],
};
