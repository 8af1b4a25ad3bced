import type { ObjectEntry, ObjectListOptions, ObjectStat } from '@datavis/plugin-sdk';
import { compareUtf8, foldedPrefix } from './key-order.js';

/** The listing of a store that knows all its objects, sorted by `compareUtf8` of their keys. */
export async function* listSorted(
  objects: Iterable<ObjectStat>,
  prefix: string,
  options: ObjectListOptions,
): AsyncGenerator<ObjectEntry> {
  const { after, delimiter, signal } = options;
  signal?.throwIfAborted();
  let lastPrefix: string | undefined;
  for (const object of objects) {
    signal?.throwIfAborted();
    if (!object.key.startsWith(prefix)) continue;
    const folded = foldedPrefix(object.key, prefix, delimiter);
    if (after !== undefined && compareUtf8(folded ?? object.key, after) <= 0) continue;
    if (folded === undefined) {
      yield { kind: 'object', ...object };
    } else if (folded !== lastPrefix) {
      lastPrefix = folded;
      yield { kind: 'prefix', key: folded };
    }
  }
}
