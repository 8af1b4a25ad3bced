import { test } from 'vitest';
import { compareEngines } from '../testing/engines.js';

test('scanner = clarinet engine = JSON.parse, on 10,000 documents', async () => {
  await compareEngines(10_000);
});
