import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeCorpus } from './corpus.js';

describeCorpus('corpus folder', (dir) => {
  test('holds the fixtures', () => {
    expect(readdirSync(dir)).toContain('fixtures');
  });
});
