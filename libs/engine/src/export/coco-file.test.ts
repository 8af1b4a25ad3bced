import type { SqlBatch, SqlConnection } from '@datavis/plugin-sdk';
import { expect, test } from 'vitest';
import { cocoFile } from './coco-file.js';

/** A database that says that the rows lie in order, and then gives these. */
function database(idx: readonly number[]): SqlConnection {
  const batch: SqlBatch = {
    length: idx.length,
    names: ['key', 'json', 'polygons', 'idx'],
    columns: [idx.map(() => null), idx.map((at) => `{"id":${at}}`), idx.map(() => null), idx],
  };
  const connection: Pick<SqlConnection, 'all' | 'batches'> = {
    all: () => Promise.resolve([{ broken: 0n }] as never),
    async *batches() {
      yield await Promise.resolve(batch);
    },
  };
  return connection as SqlConnection;
}

async function written(idx: readonly number[]): Promise<unknown> {
  const read = idx.length;
  const section = { name: 'annotations', form: 'array', read, imported: read, refused: 0 } as const;
  const chunks: Uint8Array[] = [];
  for await (const chunk of cocoFile(database(idx), { sourceKey: 1n, sections: [section] })) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

test('annotations that lie in the order of their file are written as they come', async () => {
  expect(await written([0, 1, 5])).toEqual({ annotations: [{ id: 0 }, { id: 1 }, { id: 5 }] });
});

test('an order that is not that of the file is an error, never a file', async () => {
  await expect(written([0, 2, 1])).rejects.toMatchObject({ code: 'DATAVIS_ENGINE_EXPORT_ORDER' });
});
