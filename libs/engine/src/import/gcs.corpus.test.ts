import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startFakeGcs } from '@datavis/fake-gcs';
import type { FakeGcs } from '@datavis/fake-gcs';
import { isDataVisError } from '@datavis/plugin-sdk';
import { objectUri } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { describeCorpus } from '@datavis/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placelessDump, storesOn } from '../../testing/gcs.js';
import { createEngine } from '../engine.js';

interface Outcome {
  /** Tables, or the code of the refusal. */
  readonly tables: Record<string, string[]> | string;
  readonly exported: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
}

describeCorpus('from gs:// as from disk, and back', (corpus) => {
  let server: FakeGcs;
  let folder: string;
  beforeAll(async () => {
    server = await startFakeGcs();
    folder = await mkdtemp(join(tmpdir(), 'datavis-gcs-'));
    for (const key of filesBelow(corpus)) server.put('corpus', key, readFileSync(join(corpus, key)));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  /** Imports a file or folder of `root`, and exports the dataset below `out`. */
  async function importAndExport(root: string, key: string, media: boolean, out: string): Promise<Outcome> {
    const database = await openDuckDb(':memory:');
    try {
      const engine = await createEngine({ database, stores: storesOn(server.url) });
      await engine.import({ sources: [objectUri(root, key)], dataset: 'set', media });
      const tables = await placelessDump(database, root);
      const { files } = await engine.export({ dataset: 'set', out });
      const texts = await Promise.all(
        files.map(async ({ uri }) =>
          uri.startsWith('gs://')
            ? server.get('out', uri.slice('gs://out/'.length))?.bytes.toString()
            : readFile(new URL(uri), 'utf8'),
        ),
      );
      return { tables, exported: texts.join('\n') };
    } catch (error) {
      if (isDataVisError(error)) return { tables: error.code, exported: '' };
      throw error;
    } finally {
      await database.close();
    }
  }

  const same = async (key: string, media: boolean): Promise<Outcome> => {
    const local = await importAndExport(
      pathToFileURL(corpus).href,
      key,
      media,
      join(folder, key.replaceAll('/', '_')),
    );
    server.createBucket('out');
    const remote = await importAndExport('gs://corpus', key, media, `gs://out/${key.replaceAll('/', '_')}`);
    expect(remote).toEqual(local);
    return local;
  };

  test('coco-sample, with its pictures', async () => {
    const { tables, exported } = await same('coco-sample', true);
    expect(typeof tables).toBe('object');
    expect(exported.length).toBeGreaterThan(100_000);
  }, 60_000);

  const all = filesBelow(join(corpus, 'fixtures')).filter((key) => key.endsWith('.json'));
  // One of those that are equal byte for byte.
  const fixtures = new Map(all.map((key) => [readFileSync(join(corpus, 'fixtures', key), 'latin1'), key]));
  test.each([...fixtures.values()])(
    '%s',
    async (key) => {
      await same(`fixtures/${key}`, false);
    },
    60_000,
  );
});
