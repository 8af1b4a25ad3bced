import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { datavis } from './datavis.js';

// Node ends with code 0 when a promise never settles and nothing is left to do: nobody may take that for a success.

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-exit-'));
  writeFileSync(join(folder, 'a.json'), JSON.stringify({ images: [{ id: 1, file_name: 'a.jpg' }] }));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const DEFINITION = `'~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: [] }, name: 'bad', version: '1.0.0'`;

function importWith(plugin: string): ReturnType<typeof datavis> {
  const file = join(folder, 'bad.mjs');
  writeFileSync(file, plugin);
  return datavis(
    'import',
    join(folder, 'a.json'),
    '--no-media',
    '--db',
    join(folder, 'a.duckdb'),
    '--plugin',
    file,
  );
}

test.each([
  ['in a hook', `export default { ${DEFINITION},\n onImages() { process.exit(0); } };`, 2],
  ['while it is loaded', `\nprocess.exit();`, 2],
])('a plugin that ends the process %s: the command has failed, and says who did it', async (_, code, line) => {
  const ended = await importWith(code);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(new RegExp(`not come to its end: exit was called at .*bad\\.mjs:${line}:\\d+\n$`));
});

test('a hook that ends the process with a code of its own keeps it', async () => {
  expect((await importWith(`export default { ${DEFINITION}, onImages() { process.exit(7); } };`)).code).toBe(7);
});

test('what nothing will ever settle is no success', () => {
  const { href } = new URL('../../src/early-exit.ts', import.meta.url);
  const hooks = JSON.stringify(new URL('../../../../tools/ts-worker-hooks.mjs', import.meta.url).href);
  const withTypes = `data:text/javascript,import { register } from 'node:module'; register(${hooks});`;
  const program = `import { guardExit } from ${JSON.stringify(href)}; const end = guardExit(process);`;
  const node = (more: string): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, ['--import', withTypes, '--input-type=module', '-e', program + more], {
      encoding: 'utf8',
    });
  expect(node('setImmediate(() => undefined)')).toMatchObject({
    status: 1,
    stderr: 'error: the command has not come to its end: nothing is left that could end what it waits for\n',
  });
  expect(node('setImmediate(end)')).toMatchObject({ status: 0, stderr: '' });
});
