import { test } from 'vitest';
import { failEvery } from '../../testing/fail-every.js';

test('every step of input and output failed once: a typed error, and the next import ends as an unbroken one', async () => {
  await failEvery(1);
}, 1_800_000);
