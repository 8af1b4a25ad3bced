import type { ObjectStore } from '@datavis/plugin-sdk';
import { objectStoreChecks, type StoreUnderTest } from '@datavis/storage/conformance';
import { runnerOf, type Runner } from './runner.js';

/** How stores of a scheme are made for the checks, and what they can do. */
export interface StorageConformanceOptions {
  /** What the stores of this scheme can do. */
  readonly capabilities: ObjectStore['capabilities'];
  /** A store that holds just these objects, and how to end it. */
  create(objects: ReadonlyMap<string, Uint8Array>): Promise<StoreUnderTest>;
  /** Keys the place cannot hold at all. */
  readonly impossibleKeys?: (key: string) => boolean;
  /** Objects of the check of long listings. Default 10,000. */
  readonly manyObjects?: number;
}

/** The suite that the stores of DataVis pass, for stores of plugins: ranges, versions, odd keys, listings, aborts. */
export function storageConformance(options: StorageConformanceOptions, runner?: Runner): void {
  const { describe, it } = runnerOf(runner);
  describe('storage conformance', () => {
    for (const check of objectStoreChecks(options)) {
      if (check.skip === undefined) it(check.name, () => check.run());
    }
  });
}
