import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../workspace.mjs';

/** Numbers that the titles of tests begin with: `acceptance 29 and 30: …`, `acceptance 2, 3: …`. */
function numbersIn(source: string): number[] {
  const lists = [...source.matchAll(/['"`]acceptance (\d[\d, and]*): /g)].map((match) => match[1] ?? '');
  // The reader's tests stand below a `describe('acceptance: …')` and carry the number alone.
  if (/describe\(\s*'acceptance: /.test(source)) {
    lists.push(...[...source.matchAll(/(?:\btest\(\s*|^\s*)'(\d[\d, and]*): /gm)].map((match) => match[1] ?? ''));
  }
  return lists.flatMap((list) => list.match(/\d+/g) ?? []).map(Number);
}

test('a title is counted by its numbers, other texts are not', () => {
  expect(numbersIn(`test('acceptance 29 and 30: x', f); test('acceptance: 7', f); // acceptance 8: y`)).toEqual([
    29, 30,
  ]);
  expect(numbersIn(`test.each([1])(\n  'acceptance 4: %s', f)`)).toEqual([4]);
  expect(numbersIn(`describe('acceptance: ids', () => { test('19, 20: x', f) })`)).toEqual([19, 20]);
  expect(numbersIn(`test('19, 20: x', f)`)).toEqual([]);
});

test('every line of docs/acceptance.md has a test that carries its number', () => {
  const lines = readFileSync(join(root, 'docs/acceptance.md'), 'utf8').matchAll(/^(\d+)\. /gm);
  const listed = [...lines].map(([, number]) => Number(number));
  expect(listed).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts'], {
    cwd: root,
  });
  const tested = new Set(
    files
      .toString()
      .split('\n')
      .filter((path) => path !== '' && !path.startsWith('tools/docs/'))
      .flatMap((path) => numbersIn(readFileSync(join(root, path), 'utf8'))),
  );
  expect(listed.filter((number) => !tested.has(number))).toEqual([]);
});
