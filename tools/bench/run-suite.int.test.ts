import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { runSuite } from './run-suite.mjs';
import type { Contender } from './types.js';

const contender = (name: string, code: string, more: Partial<Contender> = {}): Contender => ({
  name,
  command: [process.execPath, '-e', code],
  ...more,
});
const prints = (value: number): string => `console.log(JSON.stringify({ metrics: { value: ${value} } }))`;

test('a contender that fails takes no other with it, and claims nothing', async () => {
  const outcome = await runSuite({
    name: 'sample',
    suite: {
      title: 'a sample',
      contenders: () => Promise.resolve([]),
      claims: [
        { of: 'good', to: 'peer', metric: 'value', atMost: 2 },
        { of: 'broken', to: 'peer', metric: 'value', atMost: 2 },
      ],
    },
    contenders: [
      contender('broken', 'console.error("out of order"); process.exit(3)'),
      contender('idle', prints(1), {
        verify() {
          throw new Error('it did nothing');
        },
      }),
      contender('absent', prints(1), { missing: 'not installed' }),
      contender('good', prints(3)),
      contender('peer', prints(2)),
    ],
    rounds: 2,
    cwd: tmpdir(),
  });
  expect(Object.keys(outcome.results)).toEqual(['good', 'peer']);
  expect(outcome.failures).toEqual({
    broken: expect.stringMatching(/ended with 3\nout of order/) as string,
    idle: 'it did nothing',
  });
  expect(outcome.claims.map(({ of, ratio, holds }) => [of, ratio, holds])).toEqual([
    ['good', 1.5, true],
    ['broken', undefined, undefined],
  ]);
}, 30_000);
