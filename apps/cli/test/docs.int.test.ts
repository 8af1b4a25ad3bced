import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgram } from '../src/program.js';
import { fakeTerminal } from './fake-terminal.js';
import { datavis } from './run-datavis.js';

const document = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));
const makeSample = fileURLToPath(new URL('../../../tools/sample/make-sample.mjs', import.meta.url));
const cwd = process.cwd();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-cli-docs-'));
  execFileSync(process.execPath, [makeSample, join(folder, 'sample')]);
  writeFileSync(join(folder, 'no-plugins.json'), '{}');
  process.chdir(folder);
}, 180_000);
afterAll(() => {
  process.chdir(cwd);
  rmSync(folder, { recursive: true, force: true });
});

/** Words of a command line; double quotes hold blanks. */
function wordsOf(line: string): string[] {
  return Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? '');
}

/** What differs from run to run: times, sizes and versions of files, where the folder is. */
function settled(text: string): string {
  return text
    .replaceAll(/\b\d+(\.\d+)? s\b/g, 'N s')
    .replaceAll(/\b\d+(\.\d+)? (B|kB|MB)\b/g, 'N MB')
    .replaceAll(/\/\S*datavis-cli-docs-\w+|\/home\/me/g, '/home/me')
    .replaceAll(/checksum [0-9a-f]{8}/g, 'checksum N')
    .replaceAll(/media_version +\S+/g, 'media_version N')
    .replaceAll(/ +$/gm, '');
}

/** Runs the commands of a block; gives the block as it should stand in the document. */
async function run(block: string): Promise<string> {
  const parts: string[] = [];
  for (const line of block.split('\n').filter((one) => one.startsWith('$ datavis '))) {
    const { code, stdout, stderr } = await datavis(...wordsOf(line.slice('$ datavis '.length)));
    expect(code, `${line}\n${stderr}`).toBe(0);
    parts.push(`${line}\n${stdout}`);
  }
  return parts.join('').replaceAll(folder, '/home/me').replaceAll(/ +$/gm, '').trimEnd();
}

test('the answers in docs/cli.md are those of the commands', { timeout: 300_000 }, async () => {
  const text = readFileSync(document, 'utf8');
  const blocks = [...text.matchAll(/^```console\n([^]*?)\n```$/gm)].map(([, block = '']) => block);
  expect(blocks.length).toBeGreaterThan(5);
  let written = text;
  for (const block of blocks) {
    const found = await run(block);
    // DATAVIS_UPDATE_DOCS=1 writes the present answers into the document; read them before you keep them.
    if (process.env['DATAVIS_UPDATE_DOCS'] === undefined) expect(settled(found)).toBe(settled(block));
    else written = written.replace(block, () => found);
  }
  if (written !== text) writeFileSync(document, written);
});

test('every command is in docs/cli.md', () => {
  const headings =
    readFileSync(document, 'utf8')
      .match(/^## .*$/gm)
      ?.join(' ') ?? '';
  for (const command of createProgram({ terminal: fakeTerminal().terminal }).commands) {
    expect(headings).toMatch(new RegExp(`\\b${command.name()}\\b`));
  }
});
