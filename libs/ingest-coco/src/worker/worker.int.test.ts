import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CocoBatch } from '@datavis/plugin-sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunked, readAll } from '../../testing/read-all.js';
import { fileSource } from '../node/file-source.js';
import { createCocoWorker } from './node.js';
import type { CocoWorker } from './node.js';

const images = Array.from({ length: 5000 }, (_, id) => ({ id, file_name: `${id}.jpg`, width: 4, height: 3 }));
const json = JSON.stringify({ info: { year: 2017 }, images, categories: [{ id: 1, name: 'cat' }], type: 'x' });
const bytes = new TextEncoder().encode(json);

describe('createCocoWorker', () => {
  let worker: CocoWorker;
  let folder: string;
  let file: string;
  beforeAll(async () => {
    worker = createCocoWorker();
    folder = await mkdtemp(join(tmpdir(), 'datavis-worker-'));
    file = join(folder, 'a.json');
    await writeFile(file, bytes);
  });
  afterAll(async () => {
    await worker.close();
    await rm(folder, { recursive: true });
  });

  async function all(batches: AsyncIterable<CocoBatch>): Promise<CocoBatch[]> {
    const list: CocoBatch[] = [];
    for await (const batch of batches) list.push(batch);
    return list;
  }

  test('gives the batches, the cursor and the account of readCoco', async () => {
    const expected = await readAll(bytes);
    const reader = worker.readCoco(chunked(bytes, 1000));
    expect(await all(reader.batches())).toEqual(expected.batches);
    expect(reader.cursor).toEqual(expected.cursor);
    expect(reader.cursor.done).toBe(true);
  });

  test('opens a file in the thread, also in the middle', async () => {
    const source = await fileSource(file);
    const first = worker.readCoco({ ...source, read: () => expect.fail('read here, not in the thread') });
    const [batch] = await all(first.batches());
    expect(batch?.length).toBe(2048);
    const rest = worker.readCoco(source, { from: batch?.cursor });
    expect((await all(rest.batches())).map(({ table, length }) => `${table} ${length}`)).toEqual([
      'images 2048',
      'images 904',
      'categories 1',
    ]);
    expect(rest.cursor).toEqual({ ...(await readAll(bytes)).cursor, sourceVersion: source.version });
  });

  test('hands over the batches before a fault, then the typed error with its place', async () => {
    const broken = bytes.slice(0, bytes.length - 100);
    const list: CocoBatch[] = [];
    const reading = (async () => {
      for await (const batch of worker.readCoco(broken).batches()) list.push(batch);
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'DATAVIS_INGEST_TRUNCATED',
      place: { section: 'images', byteOffset: broken.length },
    });
    expect(list.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(4990);
  });

  test('reads many small files, one after the other', async () => {
    for (let i = 0; i < 50; i++) {
      const reader = worker.readCoco(Buffer.from(`{"images":[{"id":${i}}]}`));
      expect((await all(reader.batches())).map(({ length }) => length)).toEqual([1]);
      expect(reader.cursor.done).toBe(true);
    }
  });

  test('passes on what the source throws, itself', async () => {
    const failure = new Error('socket closed');
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes.slice(0, 1000);
      throw failure;
    }
    await expect(all(worker.readCoco(source()).batches())).rejects.toBe(failure);
  });

  test('does not run ahead of a slow caller, and releases the source on break', async () => {
    let sent = 0;
    let released = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield new TextEncoder().encode('{"images":[{"id":0}');
        const more = new TextEncoder().encode(',{"id":1}'.repeat(20_000));
        for (;;) {
          sent += more.length;
          yield more;
        }
      } finally {
        released = true;
      }
    }
    for await (const batch of worker.readCoco(endless()).batches()) {
      expect(batch.length).toBe(2048);
      await new Promise((resolve) => setTimeout(resolve, 300));
      break;
    }
    expect(released).toBe(true);
    expect(sent).toBeLessThan(4_000_000);
  });

  describe('readNow', () => {
    /** A source that says when its first byte is asked for, and when it is let go. */
    function watched(): { source: AsyncGenerator<Uint8Array>; began: Promise<void>; released: Promise<void> } {
      let begin = (): void => undefined;
      let release = (): void => undefined;
      const began = new Promise<void>((resolve) => (begin = resolve));
      const released = new Promise<void>((resolve) => (release = resolve));
      async function* source(): AsyncGenerator<Uint8Array> {
        try {
          begin();
          yield* chunked(bytes, 1000);
        } finally {
          release();
        }
      }
      return { source: source(), began, released };
    }

    test('begins before a batch is asked for, and gives all of them', async () => {
      const { source, began } = watched();
      const reader = worker.readCoco(source, { readNow: true });
      await began;
      expect(reader.cursor).toMatchObject({ byteOffset: 0, done: false });
      const expected = await readAll(bytes);
      expect(await all(reader.batches())).toEqual(expected.batches);
      expect(reader.cursor).toEqual(expected.cursor);
    });

    test('without it nothing is read before', async () => {
      const { source, began } = watched();
      const reader = worker.readCoco(source);
      const early = await Promise.race([
        began.then(() => true),
        new Promise((resolve) => setTimeout(resolve, 200)),
      ]);
      expect(early).toBeUndefined();
      expect(await all(reader.batches())).not.toEqual([]);
      await began;
    });

    test('an abort releases the source of a read that nobody asks', async () => {
      const { source, began, released } = watched();
      const abort = new AbortController();
      const reader = worker.readCoco(source, { readNow: true, signal: abort.signal });
      await began;
      const reason = new Error('not needed after all');
      abort.abort(reason);
      await released;
      await expect(all(reader.batches())).rejects.toBe(reason);
    });
  });

  test('does other work beside its reads, and ends with it where that throws', async () => {
    const module = pathToFileURL(join(folder, 'task.mjs')).href;
    const code =
      'export const add = (slots, n) => { Atomics.add(slots, 0, n); if (n < 0) throw new Error("no"); };';
    await writeFile(join(folder, 'task.mjs'), code);
    const other = createCocoWorker();
    const slots = new Int32Array(new SharedArrayBuffer(4));
    const reading = all(other.readCoco(chunked(bytes, 1000)).batches());
    other.run({ module, name: 'add', args: [slots, 3] });
    other.run({ module, name: 'add', args: [slots, 4] });
    expect(await reading).toEqual((await readAll(bytes)).batches);
    await expect.poll(() => slots[0]).toBe(7);

    async function* slowly(): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunked(bytes, 1000)) {
        yield chunk;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    const batches = other.readCoco(slowly()).batches();
    other.run({ module, name: 'add', args: [slots, -1] });
    await expect(all(batches)).rejects.toMatchObject({ code: 'DATAVIS_INGEST_WORKER' });
    expect(() => {
      other.run({ module, name: 'add', args: [slots, 1] });
    }).toThrow(expect.objectContaining({ code: 'DATAVIS_INGEST_WORKER' }));
    await other.close();
  });

  test('an abort rejects with its reason', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const reading = (async () => {
      const reader = worker.readCoco(chunked(bytes, 1000), { signal: abort.signal });
      for await (const batch of reader.batches()) if (batch.length > 0) abort.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });

  test('a read ends with an error when its thread is closed, though all of it has come already', async () => {
    const other = createCocoWorker();
    const batches = other.readCoco(chunked(bytes, bytes.length)).batches();
    await batches.next();
    // The whole file is read and sent meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await other.close();
    await expect(batches.next()).rejects.toMatchObject({ code: 'DATAVIS_INGEST_WORKER' });
  });

  test('reads under way end with an error when the thread is closed', async () => {
    const other = createCocoWorker();
    const reading = (async () => {
      for await (const batch of other.readCoco(chunked(bytes, 1000)).batches())
        if (batch.length > 0) await other.close();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'DATAVIS_INGEST_WORKER' });
  });
});
