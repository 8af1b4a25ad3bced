import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import wabt from 'wabt';
import { NUMBERS_WASM } from './numbers-wasm.js';

test('the bytes are what numbers.wat compiles to, and few enough for a page to compile them at once', async () => {
  const compiler = await wabt();
  const source = readFileSync(new URL('numbers.wat', import.meta.url), 'utf8');
  expect(NUMBERS_WASM).toEqual(compiler.parseWat('numbers.wat', source).toBinary({}).buffer);
  // Chromium refuses more than 4 KiB outside of a worker.
  expect(NUMBERS_WASM.length).toBeLessThan(4096);
});
