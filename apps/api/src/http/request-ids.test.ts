import { expect, test } from 'vitest';
import { createRequestIds } from './request-ids.js';

test('ids are UUIDs, and no two are the same, of one server or of two', () => {
  const [first, second] = [createRequestIds(), createRequestIds()];
  const ids = Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? first() : second()));
  expect(new Set(ids).size).toBe(2000);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});
