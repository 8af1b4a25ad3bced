import { test } from 'vitest';
import { exportMany, liveThroughAnything } from '../../testing/nasty-life.js';

test('acceptance 45, 46, 47: any file is exported as it came, and its import survives power cuts and truncated copies', async () => {
  await liveThroughAnything(12);
}, 300_000);

test('acceptance 47, 48: a hundred files of one dataset are exported as they came', async () => {
  await exportMany(100, 1);
}, 300_000);
