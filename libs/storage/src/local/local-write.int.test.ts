import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalObjectStore } from './local-object-store.js';

const PIECE_BYTES = 100_003;
const PIECES = 40;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-write-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Pieces that all lie in the same memory, each filled with its number. */
async function* pieces(failAt = Infinity): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(PIECE_BYTES);
  for (let number = 0; number < PIECES; number++) {
    if (number === failAt) throw new Error('no more');
    yield memory.fill(number);
  }
}

test('whoever makes the pieces of a body may use their memory again at once', async () => {
  const written = await new LocalObjectStore({ root: folder }).write('a.bin', pieces());
  expect(written.size).toBe(PIECES * PIECE_BYTES);
  const bytes = await readFile(join(folder, 'a.bin'));
  const expected = Buffer.alloc(PIECES * PIECE_BYTES);
  for (let number = 0; number < PIECES; number++) {
    expected.fill(number, number * PIECE_BYTES, (number + 1) * PIECE_BYTES);
  }
  expect(bytes.equals(expected)).toBe(true);
});

test('a body that fails behind its first megabytes leaves nothing, and its error is the one that is thrown', async () => {
  await expect(new LocalObjectStore({ root: folder }).write('a.bin', pieces(30))).rejects.toThrow('no more');
  expect(await readdir(folder)).toEqual([]);
});
