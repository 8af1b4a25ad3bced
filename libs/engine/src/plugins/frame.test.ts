import { expect, test } from 'vitest';
import { isThrownBy, thrownAt } from './frame.js';

function errorWith(...calls: readonly string[]): Error {
  const error = new Error('boom');
  error.stack = ['Error: boom', ...calls.map((call) => `    at ${call}`)].join('\n');
  return error;
}

const ORIGIN = '/plugins/bad/index.js';

test('the last call of the plugin, in whatever form it stands on the stack', () => {
  expect(thrownAt(errorWith('file:///plugins/bad/a.js:1:2'), ORIGIN)).toBe('/plugins/bad/a.js:1:2');
  expect(thrownAt(errorWith('async run (/lib/x.js:3:4)', 'Bad.on (/plugins/bad/b.js:5:6)'), ORIGIN)).toBe(
    '/plugins/bad/b.js:5:6',
  );
  expect(isThrownBy(errorWith('Bad.on (/plugins/bad/b.js:5:6)'), ORIGIN)).toBe(true);
  expect(isThrownBy(errorWith('x (/plugins/bad/node_modules/y/b.js:5:6)'), ORIGIN)).toBe(false);
});

test('files of Node are nobody’s', () => {
  expect(
    thrownAt(errorWith('Fetch.onAborted (node:internal/deps/undici/undici:11350:53)'), ORIGIN),
  ).toBeUndefined();
});

test('an error whose stack cannot be read is told of all the same', () => {
  const error = Object.defineProperty(new Error('boom'), 'stack', {
    get() {
      throw new Error('of the stack');
    },
  });
  expect(thrownAt(error, ORIGIN)).toBeUndefined();
});
