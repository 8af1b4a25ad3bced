import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { datavis, rows, start } from './datavis.js';

// Errors of plugins that reach no call of the host: Node would end the process with them.

let folder: string;
let db: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-strays-'));
  db = join(folder, 'a.duckdb');
  const annotations = [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 5] }];
  const images = [{ id: 1, file_name: 'a.jpg' }];
  writeFileSync(join(folder, 'a.json'), JSON.stringify({ images, annotations, categories: [] }));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const THROWN_IN_A_TIMER = `setTimeout(() => { throw new Error('too late'); }, 0);`;
const FORGOTTEN = `void Promise.reject(new Error('too late'));`;

/** A plugin file that throws where nobody waits, while its hook is under way. */
function plugin(body: string, onFailure: string): string {
  const path = join(folder, 'stray.mjs');
  writeFileSync(
    path,
    `const any = { '~standard': { version: 1, vendor: 'none', validate: (value) => ({ value }) } };
export default {
  '~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: ['onAnnotations', 'operations'] },
  name: 'stray', version: '1.0.0', onFailure: '${onFailure}',
  onAnnotations() { ${body} return new Promise((resolve) => setTimeout(resolve, 100)); },
  operations: { throw: { title: 'Throw', input: any, run() { ${body} return 'run'; } } },
};
`,
  );
  return path;
}

const importing = (file: string): string[] => [
  ...['import', join(folder, 'a.json'), '--db', db, '--no-media', '--json', '--plugin', file],
];

test.each([
  ['a timer', THROWN_IN_A_TIMER],
  ['a forgotten promise', FORGOTTEN],
])('an error in %s fails the import by the policy of its plugin', async (_, body) => {
  const aborted = await datavis(...importing(plugin(body, 'abort')));
  expect(aborted.code).toBe(1);
  expect(JSON.parse(aborted.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
    error: { code: 'DATAVIS_PLUGIN_HOOK_FAILED', message: 'stray failed outside of its hooks: too late' },
  });
  expect(aborted.stderr).toMatch(/stray\.mjs:5:\d+/);

  const { code, stdout } = await datavis(...importing(plugin(body, 'disable')));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ imported: { annotations: 1 }, findings: { 'stray/failed': 1 } });
  expect(
    await rows(db, "SELECT hook, state FROM _datavis.plugin_runs WHERE failures > 0 AND state = 'disabled'"),
  ).toEqual([{ hook: 'onAnnotations', state: 'disabled' }]);
});

test('a server goes on, and says whose it was', async () => {
  await datavis('import', join(folder, 'a.json'), '--db', db, '--no-media');
  const config = join(folder, 'datavis.config.json');
  plugin(THROWN_IN_A_TIMER, 'abort');
  writeFileSync(config, JSON.stringify({ plugins: ['./stray.mjs'] }));
  const { child, ended } = start('serve', '--db', db, '--port', '0', '--config', config, '--json');
  try {
    let said = '';
    child.stderr?.on('data', (text: string) => (said += text));
    const [line] = (await once(createInterface({ input: child.stdout as Readable }), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const operation = () => fetch(`${url}/v1/plugins/stray/operations/throw`, { method: 'POST' });
    expect(await (await operation()).json()).toEqual({ result: 'run' });
    await expect.poll(() => said).toContain('stray failed outside of its hooks: too late');
    expect((await operation()).status).toBe(200);
  } finally {
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  }
});

test('an error that is no plugin’s ends the program as ever', async () => {
  const file = join(folder, 'other.mjs');
  writeFileSync(file, `setTimeout(() => { throw null; }, 50);\nexport { default } from './stray.mjs';\n`);
  plugin('await new Promise((resolve) => setTimeout(resolve, 500));'.replace('await', 'return'), 'disable');
  const { code, stderr } = await datavis(...importing(file));
  expect(code).toBe(1);
  // In words where it comes before the import has begun.
  expect(stderr).toMatch(/This should not happen|"code":"INTERNAL"/);
});

test('an error that is no plugin’s, in the middle of a commit: the import stops, and goes on when it is run again', async () => {
  const source = join(folder, 'large.json');
  const annotation = `"image_id":1,"category_id":1,"bbox":[1,2,3,4],"segmentation":[[${Array(60).fill('12.5').join()}]]`;
  const annotations = Array.from({ length: 150_000 }, (_, id) => `{"id":${id},${annotation}}`);
  writeFileSync(
    source,
    `{"images":[{"id":1,"file_name":"a.jpg"}],"categories":[],"annotations":[${annotations.join()}]}`,
  );
  plugin('return;', 'abort');
  for (const laterMs of [0, 500, 900]) {
    const own = join(folder, `commit-${laterMs}.duckdb`);
    const other = join(folder, `other-${laterMs}.mjs`);
    writeFileSync(
      other,
      `import { statSync } from 'node:fs';
const timer = setInterval(() => {
  if (!statSync(${JSON.stringify(`${own}.wal`)}, { throwIfNoEntry: false })?.size) return;
  clearInterval(timer);
  setTimeout(() => { throw null; }, ${laterMs});
}, 5);
export { default } from './stray.mjs';\n`,
    );
    const { child, ended } = start('import', source, '--db', own, '--no-media', '--plugin', other);
    const stuck = setTimeout(() => child.kill('SIGKILL'), 30_000);
    const { code, stderr } = await ended;
    clearTimeout(stuck);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('should not happen') as string,
    });
    const again = await datavis('import', source, '--db', own, '--no-media', '--json');
    expect(again.code, again.stderr).toBe(0);
    expect(await rows(own, 'SELECT count(*) AS n FROM annotations')).toEqual([{ n: 150_000 }]);
  }
}, 180_000);
