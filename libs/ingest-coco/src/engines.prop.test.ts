import { test } from 'vitest';
import { compareEngines } from '../testing/engines.js';

test('scanner = clarinet engine = JSON.parse, on 400 documents', async () => {
  await compareEngines(400);
}, 60_000);
