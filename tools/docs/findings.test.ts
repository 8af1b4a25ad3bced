import { expect, test } from 'vitest';
import { documentedCodes, matches, shippedSources } from './listed-codes.mjs';

/** How the sources spell a code: `code: '…'`, a key whose value is a severity, the name of a skipped file's kind. */
const literal =
  /(?:\bcode: '([a-z]+(?:-[a-z0-9]+)+)')|(?:'([a-z]+(?:-[a-z0-9]+)+)': '(?:info|warning|error)')|(?:'([a-z]+-file-skipped)')/g;

test('docs/findings.md lists the finding codes of the sources, each one and no other', () => {
  const used = matches(shippedSources('libs/ingest-coco', 'libs/storage', 'libs/engine'), literal);
  expect(used.length).toBeGreaterThan(40);
  const policies = ['strict', 'tolerant', 'repair'];
  expect(documentedCodes('docs/findings.md').filter((code) => !policies.includes(code))).toEqual(used);
});
