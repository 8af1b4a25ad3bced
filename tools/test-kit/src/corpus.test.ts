import { expect, test } from 'vitest';
import { describeCorpus } from './corpus.js';

let called = false;
// As in a clone that has no such folder beside it: to list its files would throw, and fail the whole run.
describeCorpus(
  'an example of a suite without its folder',
  () => {
    called = true;
  },
  null,
);

test('a corpus suite without its folder is not even collected', () => {
  expect(called).toBe(false);
});
