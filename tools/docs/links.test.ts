import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../workspace.mjs';
import { documents } from './documents.mjs';

/** `[text](target)` and `![text](target)`, without web addresses and anchors of the same page. */
const link = /\]\((?!https?:|#|mailto:)([^)\s#]+)(?:#[^)]*)?\)/g;

test('every link between files leads somewhere', () => {
  const broken = documents().flatMap((path) =>
    [
      ...readFileSync(path, 'utf8')
        .replaceAll(/^```[\s\S]*?^```/gm, '')
        .matchAll(link),
    ]
      .map((match) => match[1] ?? '')
      .filter((target) => !existsSync(resolve(dirname(path), target)))
      .map((target) => `${relative(root, path)}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('ARCHITECTURE.md has at most 150 lines', () => {
  const lines = readFileSync(resolve(root, 'ARCHITECTURE.md'), 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(150);
});
