import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { expect } from 'vitest';
import { dump } from './dump.js';
import { failingDatabase, failingStores, Fault } from './failing.js';
import { manyFiles, writeFiles } from './many-files.js';
import { openSandbox, type Sandbox } from './sandbox.js';
import { createEngine } from '../src/engine.js';

const coco = {
  images: Array.from({ length: 20 }, (_, id) => ({ id, file_name: `${id}.jpg` })),
  annotations: Array.from({ length: 60 }, (_, id) => ({
    id,
    image_id: id % 21,
    category_id: 1,
    bbox: [0, 0, 1, 1],
  })),
  categories: [{ id: 1, name: 'cat' }],
  licenses: [{ id: 1, name: 'MIT' }],
};
const plain = createObjectStoreResolver({ schemes: { file: openLocalStore } });
const options = { commitRows: 30, batchRows: 10 };

/** Writes what is to be imported; returns what to name. */
type Input = (sandbox: Sandbox) => Promise<string>;

/** One file, of several commits. */
const oneFile: Input = (sandbox) => sandbox.file('set.json', coco);

/** Files that go into few commits together, and one too large for that. */
export const manySmallFiles: Input = async (sandbox) => {
  await writeFiles(sandbox.folder, { ...manyFiles(16), '0/008_large.json': coco });
  return `${sandbox.folder}/**/*.json`;
};

/**
 * Fails every `stride`-th step of input and output of an import, each in an import of its own: a typed error, and the
 * next import ends with the tables of an unbroken one.
 */
export async function failEvery(stride: number, input = oneFile): Promise<void> {
  const sandbox = await openSandbox();
  try {
    const path = await input(sandbox);
    const request = { sources: [path], dataset: 'set', media: false };
    const attempt = async (failAt: number) => {
      const database = await openDuckDb(':memory:');
      // The tables are there: to make them is a matter of opening a database, not of an import.
      await createEngine({ database, stores: plain });
      const fault = new Fault(failAt);
      const stores = failingStores(plain, fault);
      let error: unknown;
      try {
        const engine = await createEngine({ database: failingDatabase(database, fault), stores }, options);
        await engine.import(request);
      } catch (reason) {
        error = reason;
      }
      const again = await createEngine({ database, stores: failingStores(plain, new Fault(0)) }, options);
      await again.import(request);
      const tables = await dump(database);
      await database.close();
      return { tables, fault, error };
    };
    const unbroken = await attempt(0);
    expect(unbroken.error).toBeUndefined();
    expect(unbroken.fault.steps).toBeGreaterThan(60);
    for (let step = 1; step <= unbroken.fault.steps; step += stride) {
      const { tables, fault, error } = await attempt(step);
      expect(fault.failed, `step ${step}`).toBeDefined();
      expect(error, fault.failed).toMatchObject({ code: 'DATAVIS_STORAGE_IO' });
      expect(tables, fault.failed).toEqual(unbroken.tables);
    }
  } finally {
    await sandbox.close();
  }
}
