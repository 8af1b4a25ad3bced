import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ANNOTATION_RULES, CATEGORY_RULES, documentRules, IMAGE_RULES, RECORD_RULES } from './rules.js';

const rules = [ANNOTATION_RULES, CATEGORY_RULES, IMAGE_RULES, RECORD_RULES]
  .flatMap((set) => [...set.rules])
  .concat(Object.values(documentRules));

test('docs/findings.md lists every code of the reader, with its severity', () => {
  const document = readFileSync(new URL('../../../../docs/findings.md', import.meta.url), 'utf8');
  const listed = new Map(
    [...document.matchAll(/^\| *`([a-z-]+)` *\| *(\w+)/gm)].map(([, code, severity]) => [code, severity]),
  );
  for (const { code, severity } of rules) expect([code, listed.get(code)]).toEqual([code, severity]);
  // Codes below the reader's headings only: other parts may add tables of their own.
  const ours = document.slice(document.indexOf('## Any record'));
  const end = ours.indexOf('\n# ');
  const codes = [...(end < 0 ? ours : ours.slice(0, end)).matchAll(/^\| *`([a-z-]+)` *\|/gm)].map(
    ([, code]) => code,
  );
  expect(codes.filter((code) => !rules.some((rule) => rule.code === code))).toEqual([]);
});

test('the findings of a table fit the bits of an integer', () => {
  for (const { rules: list } of [ANNOTATION_RULES, CATEGORY_RULES, IMAGE_RULES])
    expect(list.length).toBeLessThan(32);
});
