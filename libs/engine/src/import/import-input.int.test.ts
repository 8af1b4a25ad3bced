import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCocoWorker, type CocoWorker } from '@datavis/ingest-coco/worker';
import { LocalObjectStore } from '@datavis/storage/local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importInput, type ImportInput } from './import-input.js';
import { RunningChecksum } from './running-checksum.js';

const images = Array.from({ length: 30_000 }, (_, id) => ({ id, file_name: `${id}.jpg`, width: 4, height: 3 }));
const text = JSON.stringify({ images, annotations: [], categories: [] });
let folder: string;
let worker: CocoWorker;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-input-'));
  await writeFile(join(folder, 'a.json'), text);
  worker = createCocoWorker();
});
afterAll(async () => {
  await worker.close();
  await rm(folder, { recursive: true });
});

async function input(): Promise<ImportInput> {
  const store = new LocalObjectStore({ root: folder });
  const stat = await store.stat('a.json');
  return importInput(store, 'a.json', stat?.version ?? '');
}

test('the checksum is CRC-32, however the bytes are cut', () => {
  // The check value of https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-32-iso-hdlc
  for (const parts of [['123456789'], ['1', '2345', '', '6789']]) {
    const checksum = new RunningChecksum();
    for (const part of parts) checksum.update(Buffer.from(part));
    expect(checksum.digest()).toBe('cbf43926');
  }
  // Leading zeros stay: the sum of no bytes is 0.
  expect(new RunningChecksum().digest()).toBe('00000000');
});

test('the thread that read a whole file has its checksum', async () => {
  const source = await input();
  const reader = worker.readCoco(source);
  for await (const batch of reader.batches()) reader.release(batch);
  const checksum = new RunningChecksum();
  checksum.update(Buffer.from(text));
  expect(source.digest()).toBe(checksum.digest());
});

test('there is none of a part: neither where reading began later, nor where it ended early', async () => {
  const stopped = await input();
  let cursor;
  for await (const batch of worker.readCoco(stopped).batches()) {
    cursor = batch.cursor;
    break;
  }
  expect(cursor?.byteOffset).toBeGreaterThan(0);
  const rest = await input();
  for await (const batch of worker.readCoco(rest, { from: cursor }).batches())
    expect(batch.length).toBeGreaterThan(0);
  expect([stopped.digest(), rest.digest()]).toEqual([undefined, undefined]);
});
