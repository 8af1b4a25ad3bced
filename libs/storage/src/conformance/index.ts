import { deepStrictEqual } from 'node:assert/strict';
import { patterned } from './harness.js';
import type { ObjectStoreCheck, ObjectStoreHarness, ReadCheck } from './harness.js';
import { ODD_KEYS, TREE_OBJECTS, listChecks, longListChecks, oddKeyCheck } from './list-checks.js';
import { READ_OBJECTS, changeChecks, readChecks } from './read-checks.js';
import { WRITE_OBJECTS, readOnlyChecks, writeChecks } from './write-checks.js';

export { sqlDriverChecks } from './sql/index.js';
export type { SqlDatabaseUnderTest, SqlDriverCheck, SqlDriverHarness } from './sql/index.js';
export type { ObjectStoreCheck, ObjectStoreHarness, StoreUnderTest } from './harness.js';

/**
 * All that an object store must do, as a list of checks for any test runner. Checks of what the store's capabilities leave
 * out are in the list too, with the reason in `skip`.
 *
 * @example
 * ```ts
 * import { MemoryObjectStore } from '@datavis/storage';
 * import { objectStoreChecks } from '@datavis/storage/conformance';
 *
 * const checks = objectStoreChecks({
 *   capabilities: { write: true, list: true, ranges: true, pinned: true },
 *   create: async (objects) => {
 *     const store = new MemoryObjectStore({ objects: Object.fromEntries(objects) });
 *     return { store, close: () => store.close() };
 *   },
 * });
 * for (const check of checks) if (check.skip === undefined) await check.run();
 * ```
 */
export function objectStoreChecks(harness: ObjectStoreHarness): readonly ObjectStoreCheck[] {
  const { capabilities } = harness;
  const impossible = ODD_KEYS.filter((key) => harness.impossibleKeys?.(key));
  const odd = new Map(
    ODD_KEYS.filter((key) => !impossible.includes(key)).map((key, i) => [key, patterned(20 + i, i + 50)]),
  );
  const many = new Map<string, Uint8Array>();
  for (let i = 0; i < (harness.manyObjects ?? 10_000); i++) many.set(`many/${i % 7}/${i}.jpg`, SMALL);

  const noList = capabilities.list ? undefined : 'the store cannot list';
  const noWrite = capabilities.write ? undefined : 'the store is read-only';
  const isWritable = capabilities.write ? 'the store can write' : undefined;
  const oddName =
    impossible.length === 0 ? '' : `, without ${JSON.stringify(impossible)} that this place cannot hold`;

  return [
    ...checks(harness, 'read', READ_OBJECTS, readChecks),
    ...checks(
      harness,
      'change',
      READ_OBJECTS,
      changeChecks,
      capabilities.pinned ? undefined : 'versions are not pinned',
    ),
    ...checks(harness, 'names', odd, { [`odd but legal names${oddName}`]: oddKeyCheck(odd) }),
    ...checks(harness, 'list', TREE_OBJECTS, listChecks, noList),
    ...checks(harness, 'list', many, longListChecks, noList),
    ...checks(harness, 'write', WRITE_OBJECTS, writeChecks, noWrite),
    ...checks(harness, 'write', WRITE_OBJECTS, readOnlyChecks, isWritable),
  ];
}

const SMALL = patterned(3, 9);

function checks(
  harness: ObjectStoreHarness,
  group: string,
  objects: ReadonlyMap<string, Uint8Array>,
  list: Readonly<Record<string, ReadCheck>>,
  skip?: string,
): ObjectStoreCheck[] {
  return Object.entries(list).map(([name, check]) => ({
    name: `${group}: ${name}`,
    skip,
    async run() {
      const subject = await harness.create(objects);
      try {
        deepStrictEqual(subject.store.capabilities, harness.capabilities);
        await check(subject);
      } finally {
        await subject.close();
      }
    },
  }));
}
