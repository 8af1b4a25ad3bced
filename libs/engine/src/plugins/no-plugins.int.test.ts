import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { expect, test } from 'vitest';
import { createEngine } from '../engine.js';
import { hostOf } from './index.js';

test('a host without plugins imports into a new database, and takes a change over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'datavis-no-plugins-'));
  const database = await openDuckDb(':memory:');
  try {
    const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
    const plugins = hostOf([], { database, stores, hostVersion: '0.1.0' });
    const engine = await createEngine({ database, stores, plugins });
    const file = join(folder, 'a.json');
    for (const count of [1, 2]) {
      const images = Array.from({ length: count }, (_, id) => ({
        id,
        file_name: `${id}.jpg`,
        width: 1,
        height: 1,
      }));
      writeFileSync(file, JSON.stringify({ images, annotations: [], categories: [] }));
      expect((await engine.import({ sources: [file], media: false })).imported).toMatchObject({ images: count });
    }
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
});
