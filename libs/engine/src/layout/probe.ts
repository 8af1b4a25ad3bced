import type { CallOptions, ObjectStore } from '@datavis/plugin-sdk';
import type { FolderCollector } from './folders.js';
import { isImageName } from './names.js';

/** Levels of folders looked into: `images/train2017/` and one more. */
const MAX_DEPTH = 3;
/** Folders without a picture among this many entries count as folders without pictures. */
const MAX_ENTRIES = 5_000;
const MAX_FOLDERS = 500;

/**
 * Adds which folders hold pictures, and stops in each at the first one: enough to find the folder of a split, whatever
 * else lies beside an annotation file that the user named. JSON files are left out.
 */
export async function probePictures(
  store: ObjectStore,
  prefix: string,
  collector: FolderCollector,
  { signal }: CallOptions = {},
): Promise<void> {
  if (!store.capabilities.list) return;
  let level = [prefix];
  let visited = 0;
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    const deeper: string[] = [];
    for (const folder of level) {
      if ((visited += 1) > MAX_FOLDERS) return;
      let entries = 0;
      for await (const entry of store.list(folder, { delimiter: '/', signal })) {
        if (entry.kind === 'prefix') {
          if (!/(?:^|\/)(?:\.[^/]*|__MACOSX|node_modules)\/$/.test(entry.key)) deeper.push(entry.key);
        } else if (isImageName(entry.key)) {
          collector.add(entry);
          break;
        }
        if ((entries += 1) >= MAX_ENTRIES) break;
      }
    }
    level = deeper;
  }
}
