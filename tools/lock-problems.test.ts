import { expect, test } from 'vitest';
import { lockProblems } from './lock-problems.mjs';

const entry = { version: '1.0.0' };

test('a dropped platform is a problem', () => {
  const packages = {
    'node_modules/a': { ...entry, optionalDependencies: { 'a-linux': '1.0.0', 'a-darwin': '1.0.0' } },
    'node_modules/a-linux': entry,
  };
  expect(lockProblems({ packages })).toEqual(['node_modules/a: optional a-darwin is not locked']);
});

test('an optional dependency may be nested, scoped, or shared from above', () => {
  const packages = {
    'node_modules/@s/a': { ...entry, optionalDependencies: { '@s/own': '1.0.0', shared: '1.0.0' } },
    'node_modules/@s/a/node_modules/@s/own': entry,
    'node_modules/shared': entry,
  };
  expect(lockProblems({ packages })).toEqual([]);
});

test('a package nested elsewhere does not count', () => {
  const packages = {
    'node_modules/a': { ...entry, optionalDependencies: { x: '1.0.0' } },
    'node_modules/b/node_modules/x': entry,
  };
  expect(lockProblems({ packages })).toHaveLength(1);
});

test('a package that wants a newer Node is a problem', () => {
  const packages = {
    '': { engines: { node: '>=99' } },
    'node_modules/new': { version: '2.0.0', engines: { node: '>=22' } },
    'node_modules/old': { version: '1.0.0', engines: { node: '^18 || >=20.19' } },
  };
  expect(lockProblems({ packages })).toEqual(['node_modules/new@2.0.0: wants Node >=22, not 20.19.0']);
});
