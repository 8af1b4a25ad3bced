// Codes that the sources use, and codes that a document lists.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspace.mjs';

/** Sources that are shipped: no tests, no fixtures. */
export function shippedSources(...folders) {
  const patterns = folders.map((folder) => `${folder}/src/**/*.ts`);
  return execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...patterns.map((p) => `:(glob)${p}`)],
    {
      cwd: root,
    },
  )
    .toString()
    .split('\0')
    .filter((path) => path !== '' && !/\.test\.ts$/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'));
}

/** What the pattern's group matches in the texts (of several groups, the one that took part), sorted, once each. */
export function matches(texts, pattern) {
  const found = new Set();
  for (const text of texts)
    for (const [, ...groups] of text.matchAll(pattern)) found.add(groups.find((group) => group !== undefined));
  return [...found].sort();
}

/** Codes in the first column of a document's tables. */
export function documentedCodes(document) {
  return matches([readFileSync(join(root, document), 'utf8')], /^\| *`([^`]+)` *\|/gm);
}
