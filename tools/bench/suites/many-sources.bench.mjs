// A folder of small files, one image each, in one call: what a source costs besides its rows. Against a script that only
// parses them, against DuckDB's own reader, and once more, when nothing has changed.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSmallCoco } from '../make-small-coco.mjs';
import { duckdbReadJsonAll, pythonJsonLoadAll } from '../peers.mjs';

const FILES = 2_000;
const scratch = (name) => join(tmpdir(), `datavis-bench-many-${name}.duckdb`);
const database = scratch('sources');

/** `state`: what each source must have become. */
function datavisImport(name, folder, state, before = () => undefined) {
  return {
    name,
    command: [
      'node',
      'apps/cli/bin/datavis.js',
      'import',
      folder,
      '--no-media',
      '--db',
      database,
      '--json',
      '--quiet',
      '--dataset',
      'many',
    ],
    before,
    verify(stdout) {
      const { sources } = JSON.parse(stdout.trim().split('\n').at(-1));
      const others = sources.filter((source) => source.state !== state);
      if (sources.length !== FILES || others.length > 0)
        throw new Error(`${others.length} sources are not ${state}`);
    },
  };
}

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: `${FILES} files of one image each, from start to committed`,
  async contenders({ cached }) {
    const folder = await cached(`one-image-${FILES}`, (path) => makeSmallCoco(path, FILES));
    return [
      datavisImport('datavis import', folder, 'imported', () => {
        for (const suffix of ['', '.wal', '.lock']) rmSync(database + suffix, { force: true });
      }),
      datavisImport('datavis import again', folder, 'unchanged'),
      pythonJsonLoadAll(folder),
      duckdbReadJsonAll(folder, scratch('read-json')),
    ];
  },
  claims: [
    { of: 'datavis import', to: 'DuckDB read_json, all files', metric: 'wallMs', atMost: 6 },
    { of: 'datavis import again', to: 'datavis import', metric: 'wallMs', atMost: 0.5 },
  ],
};
