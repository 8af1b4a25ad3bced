// The full size of instances_train2017: `datavis import` from a cold start to committed, linked and checked, against
// what others need to parse the file only, and against DuckDB making tables of JSON and of Parquet. And ten times that
// size, the way back (export), and how long a server's event loop stands still meanwhile.
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCoco } from '../make-coco.mjs';
import { duckdbFromParquet, duckdbReadJson, ijsonIterate, pythonJsonLoad } from '../peers.mjs';

const IMAGES = 118_287;
const ANNOTATIONS = 860_001;
const TIMES = 10;
const scratch = (name) => join(tmpdir(), `datavis-bench-${name}`);
const removeDatabase = (path) => ['', '.wal', '.lock'].forEach((suffix) => rmSync(path + suffix, { force: true }));

function datavisImport(name, input, database, times = 1) {
  return {
    name,
    command: ['node', 'apps/cli/bin/datavis.js', 'import', input, '--no-media', '--db', database, '--json'],
    before: () => removeDatabase(database),
    verify(stdout) {
      const { imported } = JSON.parse(stdout.trim().split('\n').at(-1));
      if (imported.annotations !== ANNOTATIONS * times || imported.images !== IMAGES * times) {
        throw new Error(`imported ${JSON.stringify(imported)}`);
      }
    },
  };
}

/** Exports what the import before it in the same round has left. */
function datavisExport(database, out) {
  return {
    name: 'datavis export',
    command: ['node', 'apps/cli/bin/datavis.js', 'export', '--db', database, '--out', out, '--json', '--quiet'],
    before: () => rmSync(out, { recursive: true, force: true }),
    verify() {
      if (!existsSync(out)) throw new Error('nothing was exported');
      rmSync(out, { recursive: true });
    },
  };
}

function serverImport(input, database) {
  return {
    name: 'import in a server',
    command: ['node', 'tools/bench/workers/import-loop-delay.mjs', input, database],
    env: { UV_THREADPOOL_SIZE: '12' },
    before: () => removeDatabase(database),
    verify: () => removeDatabase(database),
  };
}

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: 'instances_train2017 (406 MB), from start to committed',
  async contenders({ cached }) {
    const input = await cached(`train-like-${IMAGES}-${ANNOTATIONS}.json`, (path) =>
      makeCoco(path, IMAGES, ANNOTATIONS),
    );
    const large = await cached(`train-like-${IMAGES * TIMES}-${ANNOTATIONS * TIMES}.json`, (path) =>
      makeCoco(path, IMAGES * TIMES, ANNOTATIONS * TIMES),
    );
    const database = scratch('import-full.duckdb');
    return [
      datavisImport('datavis import', input, database),
      datavisExport(database, scratch('export')),
      pythonJsonLoad(input),
      ijsonIterate(input),
      duckdbReadJson(input, scratch('read-json.duckdb')),
      await duckdbFromParquet(scratch('parquet.duckdb'), datavisImport('', input, database), database, cached),
      serverImport(input, scratch('server.duckdb')),
      { ...datavisImport('datavis import, 4 GB', large, scratch('import-4gb.duckdb'), TIMES), rounds: 1 },
    ];
  },
  claims: [
    { of: 'datavis import', to: 'CPython json.load', metric: 'wallMs', atMost: 0.25 },
    { of: 'datavis import', to: 'ijson (C backend) iterate', metric: 'wallMs', atMost: 0.75 },
    { of: 'datavis import', to: 'DuckDB read_json', metric: 'wallMs', atMost: 0.3 },
    { of: 'datavis import', to: 'DuckDB from Parquet', metric: 'wallMs', atMost: 1.5 },
    { of: 'datavis import', to: 'DuckDB read_json', metric: 'peakRssMb', atMost: 0.12 },
    { of: 'datavis import', metric: 'peakRssMb', atMost: 512 },
    { of: 'datavis import, 4 GB', to: 'datavis import', metric: 'wallMs', atMost: 10.5 },
    { of: 'datavis import, 4 GB', to: 'datavis import', metric: 'peakRssMb', atMost: 1.1 },
    { of: 'datavis export', to: 'datavis import', metric: 'wallMs', atMost: 1 },
    { of: 'import in a server', metric: 'loopP99Ms', atMost: 50 },
  ],
};
