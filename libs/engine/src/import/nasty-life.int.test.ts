import { test } from 'vitest';
import { exportMany, liveThroughAnything } from '../../testing/nasty-life.js';

/** The same files in every run; the slow lane has others each time. */
const SEED = 2026;

test('acceptance 45, 46, 47: any file is exported as it came, and its import survives power cuts and truncated copies', async () => {
  await liveThroughAnything(12, SEED);
}, 300_000);

test('acceptance 47, 48: forty files of one dataset are exported as they came', async () => {
  await exportMany(40, 1, SEED);
}, 300_000);
