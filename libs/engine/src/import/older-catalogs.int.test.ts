import { Catalog } from '@datavis/storage';
import { expect, test } from 'vitest';
import { dump } from '../../testing/dump.js';
import { openSandbox } from '../../testing/sandbox.js';

/** Statements that take a catalog back to a version: what later ones added leaves it. */
const BACK: readonly (readonly [version: number, sql: string])[] = [[1, 'DROP TABLE ingest_commits']];

test.each(BACK)('a catalog of version %i keeps all its rows, and is gone on with', async (version, sql) => {
  const sandbox = await openSandbox(':memory:', { commitRows: 4, batchRows: 2 });
  const box = (id: number): object => ({ id, image_id: 1, category_id: 1, bbox: [1, 2, 3, 4], note: id });
  const set = {
    images: [{ id: 1, file_name: '1.jpg' }],
    annotations: Array.from({ length: 9 }, (_, id) => box(id)),
    categories: [{ id: 1, name: 'cat' }],
  };
  await sandbox.import(set);
  const text = JSON.stringify(set);
  await expect(sandbox.import(text.slice(0, -100), { name: 'cut.json' })).rejects.toMatchObject({
    code: 'DATAVIS_INGEST_TRUNCATED',
  });
  const before = await dump(sandbox.database);
  await sandbox.connection.run(`${sql}; DELETE FROM schema_version WHERE version > ${version}`);
  await Catalog.open(sandbox.database);
  expect(await dump(sandbox.database)).toEqual(before);
  expect((await sandbox.import(text, { name: 'cut.json' })).sources).toMatchObject([{ state: 'resumed' }]);
  expect(await sandbox.count('annotations')).toBe(18);
  expect(await sandbox.engine.verify({ dataset: 'set' })).toMatchObject({ equal: true });
  await sandbox.close();
});

test('there is a way back to every earlier version', async () => {
  const sandbox = await openSandbox();
  const [row] = await sandbox.all<{ version: number }>('SELECT max(version) AS version FROM schema_version');
  expect(BACK.map(([version]) => version + 1)).toEqual(
    Array.from({ length: (row?.version ?? 0) - 1 }, (_, at) => at + 2),
  );
  await sandbox.close();
});
