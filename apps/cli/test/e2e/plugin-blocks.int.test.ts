import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { datavis } from './datavis.js';

// The thread that reads files watches the plugins, until the last of them is closed.

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-blocks-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a plugin that holds the event loop is named while it does, also when all is read', async () => {
  const images = [{ id: 1, file_name: 'a.jpg' }];
  const annotations = [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 5] }];
  writeFileSync(join(folder, 'a.json'), JSON.stringify({ images, annotations, categories: [] }));
  const plugin = join(folder, 'slow.mjs');
  writeFileSync(
    plugin,
    `function block() { const until = performance.now() + 1500; while (performance.now() < until); }
export default {
  '~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: ['setup', 'onAnnotations', 'onIngestEnd'] },
  name: 'slow', version: '1.0.0',
  setup: () => block,
  onAnnotations: block,
  onIngestEnd: block,
};
`,
  );
  const db = join(folder, 'a.duckdb');
  const { code, stderr, stdout } = await datavis(
    ...['import', join(folder, 'a.json'), '--db', db, '--no-media', '--json', '--plugin', plugin],
  );
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ imported: { annotations: 1 } });
  const named = Array.from(stderr.matchAll(/slow\.(\w+) has held the event loop/g), ([, hook]) => hook);
  expect(named).toEqual(['onAnnotations', 'onIngestEnd', 'dispose']);
});
