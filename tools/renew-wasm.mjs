#!/usr/bin/env node
// `npm run wasm:renew`: compiles libs/ingest-coco/src/scan/numbers.wat to numbers-wasm.ts beside it, which
// numbers-wasm.test.ts holds against its source.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import wabt from 'wabt';
import { root } from './workspace.mjs';

const folder = join(root, 'libs', 'ingest-coco', 'src', 'scan');
const target = join(folder, 'numbers-wasm.ts');
const { parseWat } = await wabt();
const { buffer } = parseWat('numbers.wat', readFileSync(join(folder, 'numbers.wat'), 'utf8')).toBinary({});
const text = `/** numbers.wat, compiled by \`npm run wasm:renew\`. */
export const NUMBERS_WASM = new Uint8Array([${Array.from(buffer, String)}]);`;
writeFileSync(target, await format(text, { ...(await resolveConfig(target)), parser: 'typescript' }));
console.log(`written: ${target}, ${buffer.length} bytes`);
