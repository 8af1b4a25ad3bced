import { expect, test } from 'vitest';
import { documentedCodes, matches, shippedSources } from './listed-codes.mjs';

// Written as a string literal: a code that only a comment mentions is no code that anybody gets.
const literal = /['"](DATAVIS_(?:INGEST|STORAGE|CATALOG|ENGINE|THUMBS|PLUGIN|API|CLI|CLIENT)_[A-Z_]*[A-Z])['"]/g;

test('docs/errors.md lists the codes of the sources, each one and no other', () => {
  const used = matches(shippedSources('libs/*', 'apps/*'), literal);
  expect(used.length).toBeGreaterThan(50);
  expect(documentedCodes('docs/errors.md')).toEqual(used);
});
