import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../testing/bundle.js';
import { scene } from '../testing/pictures.js';

const dir = mkdtempSync(join(tmpdir(), 'datavis-engine-'));
const picture = join(dir, 'scene.jpg');
let program: string;
let worker: string;

beforeAll(async () => {
  await scene(640, 400).jpeg().toFile(picture);
  program = fileURLToPath(await bundle(new URL('../testing/load-engine.ts', import.meta.url), 'load-engine'));
  worker = (await bundle(new URL('./jimp/worker.ts', import.meta.url), 'fallback-worker')).href;
}, 60_000);
afterAll(() => {
  rmSync(dir, { recursive: true });
});

/** Makes `import 'sharp'` fail with these words, in the words' own process. */
function withoutSharp(words: string): string[] {
  const hooks = `export async function resolve(name, context, next) {
    if (name === 'sharp') throw new Error(${JSON.stringify(words)});
    return next(name, context);
  }`;
  const url = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  return ['--import', url(`import { register } from 'node:module'; register(${JSON.stringify(url(hooks))});`)];
}

async function run(...nodeOptions: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [...nodeOptions, program, picture, worker]);
  return JSON.parse(stdout);
}

test('sharp where it loads', async () => {
  expect(await run()).toEqual({
    engine: 'sharp',
    reason: '',
    widthPx: 256,
    heightPx: 160,
    contentType: 'image/webp',
  });
});

test('the portable engine where sharp does not load, and the reason is told', async () => {
  const reason = 'Could not load the "sharp" module using the linux-riscv64 runtime';
  expect(await run(...withoutSharp(reason))).toEqual({
    engine: 'jimp',
    reason,
    widthPx: 256,
    heightPx: 160,
    contentType: 'image/webp',
  });
});
