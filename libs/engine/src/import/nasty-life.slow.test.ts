import { test } from 'vitest';
import { exportMany, liveThroughAnything } from '../../testing/nasty-life.js';

test('acceptance 45, 46, 47: the same with 300 files', async () => {
  await liveThroughAnything(300);
}, 3_600_000);

test('acceptance 47, 48: the same with 4,000 files', async () => {
  await exportMany(200, 20);
}, 3_600_000);
