import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importPets, startServer } from './running-server.js';
import type { RunningServer } from './running-server.js';

const text = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code = '']) => code);
const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('NOT RUN: the blocks of docs/api.md need curl (apt-get install curl)\n');

let server: RunningServer;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'datavis-docs-'));
  server = await startServer();
  await importPets(server);
}, 60_000);
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

test.runIf(hasCurl)(
  'every block of docs/api.md runs against a server, and every answer is a good one',
  async () => {
    // An answer of 400 and above makes curl, and with it the block, fail.
    writeFileSync(join(dir, '.curlrc'), 'fail-with-body\n');
    const env = { ...process.env, CURL_HOME: dir, DATAVIS_URL: server.url };
    expect(blocks.length).toBeGreaterThan(0);
    for (const code of blocks) {
      await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', code], { cwd: dir, env });
      const files = [...code.matchAll(/ -o (\S+)/g)].map(([, name = '']) => name);
      for (const name of files) expect(statSync(join(dir, name)).size, name).toBeGreaterThan(99);
    }
  },
  60_000,
);
