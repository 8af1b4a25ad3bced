import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSource } from '@datavis/ingest-coco/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startReadingThread, takeReadingThread } from './reading-thread.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-thread-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('the thread that was started is for one import; the next one has its own', async () => {
  startReadingThread();
  startReadingThread();
  const first = await takeReadingThread();
  const second = await takeReadingThread();
  expect(second).not.toBe(first);
  await first.close();

  const path = join(folder, 'a.json');
  writeFileSync(path, '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [], "categories": []}');
  const rows: number[] = [];
  for await (const batch of second.readCoco(await fileSource(path)).batches()) rows.push(batch.length);
  expect(rows).toEqual([1]);
  await second.close();
});
