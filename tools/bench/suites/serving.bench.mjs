// Thumbnails over HTTP against nginx serving the same bytes from plain files, and pages while a large import runs.
// Needs wrk and nginx (Debian: wrk, nginx-light) and a build.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeSample } from '../../sample/make-sample.mjs';
import { makeCoco } from '../make-coco.mjs';

const has = (command) =>
  spawnSync('sh', ['-c', `command -v ${command} || test -x /usr/sbin/${command}`]).status === 0;

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: '256 px thumbnails at 100 connections, one server thread each; pages at 4 during imports of 406 MB',
  async contenders({ root, cached }) {
    const folder = await cached('serving', async (path) => {
      mkdirSync(path, { recursive: true });
      await makeSample(join(path, 'sample'));
    });
    const large = await cached('train-like-118287-860001.json', (path) => makeCoco(path, 118_287, 860_001));
    const missing = !has('wrk')
      ? 'wrk is not installed'
      : !has('nginx')
        ? 'nginx is not installed'
        : existsSync(join(root, 'apps/api/dist/main.js'))
          ? undefined
          : 'not built: npm run build';
    const contender = (name, run, ...more) => ({
      name,
      missing,
      command: ['node', 'tools/bench/serving/run.mjs', run, folder, ...more],
      verify(stdout) {
        const { otherAnswers, socketErrors } = JSON.parse(stdout.trim().split('\n').at(-1)).metrics;
        if (otherAnswers + socketErrors > 0)
          throw new Error(`${name}: ${otherAnswers} other answers, ${socketErrors} errors`);
      },
    });
    return [
      contender('nginx static', 'nginx'),
      contender('bare node:http, no checks', 'node-http'),
      contender('datavis warm', 'datavis-warm'),
      contender('datavis from the disk cache', 'datavis-disk'),
      contender('nginx 304', 'nginx-304'),
      contender('datavis 304', 'datavis-304'),
      contender('datavis mixed load, 60 s', 'mixed'),
      contender('datavis pages during an import', 'pages-during-import', large),
    ];
  },
  claims: [
    { of: 'datavis warm', to: 'nginx static', metric: 'perSecond', atLeast: 0.6 },
    { of: 'datavis 304', to: 'nginx 304', metric: 'perSecond', atLeast: 0.5 },
    { of: 'datavis from the disk cache', to: 'nginx static', metric: 'perSecond', atLeast: 0.3 },
    { of: 'datavis warm', metric: 'p99Ms', atMost: 10 },
    { of: 'datavis mixed load, 60 s', metric: 'otherAnswers', atMost: 0 },
    { of: 'datavis mixed load, 60 s', metric: 'socketErrors', atMost: 0 },
    { of: 'datavis pages during an import', metric: 'p99Ms', atMost: 100 },
  ],
};
