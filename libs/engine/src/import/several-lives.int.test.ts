import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';
import { untoldRows } from '../../testing/told-rows.js';

// Files of one dataset that list the same images and categories, and change one after the other.

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox(':memory:', { commitRows: 4, batchRows: 2 });
});
afterEach(() => sandbox.close());

const image = (id: number, more = {}): object => ({ id, file_name: `${id}.jpg`, ...more });
const annotated = (images: object[], categories: object[] = []): object => ({
  images,
  annotations: [{ id: 1, image_id: 1, category_id: 1 }],
  categories,
});

test('a picture that a file lists no more is told by the next one that does', async () => {
  const cat = { id: 1, name: 'cat', extra: 'first' };
  await sandbox.import(annotated([image(1, { width: 10, taken: 1 }), image(2)], [cat]), { name: 'a.json' });
  await sandbox.engine.promoteField({ table: 'images', field: 'taken' });
  const later = [image(1, { width: 20, taken: 2 })];
  await sandbox.import(annotated(later, [{ ...cat, id: 7, extra: 'second' }]), { name: 'b.json' });
  await sandbox.import(annotated(later, [cat]), { name: 'c.json' });
  await sandbox.import(annotated([image(2)]), { name: 'a.json' });
  expect(await untoldRows(sandbox.connection)).toEqual([]);
  expect(await sandbox.all('SELECT source_key, id, width, x_taken FROM images ORDER BY id')).toEqual([
    { source_key: 2n, id: 1n, width: 20, x_taken: 2n },
    { source_key: 1n, id: 2n, width: null, x_taken: null },
  ]);
  expect(await sandbox.all('SELECT source_key, id, extra FROM categories')).toEqual([
    { source_key: 2n, id: 7n, extra: '{"extra":"second"}' },
  ]);
  // b says what the row says now, and so does c.
  expect(await sandbox.count('source_images WHERE differs AND source_key = 2')).toBe(0);
  await sandbox.import(annotated([]), { name: 'b.json' });
  expect(await untoldRows(sandbox.connection)).toEqual([]);
  await sandbox.import(annotated([]), { name: 'c.json' });
  expect(await sandbox.all('SELECT id FROM images')).toEqual([{ id: 2n }]);
});

test('a file that was paused and is refused after all leaves its pictures to the others', async () => {
  const text = JSON.stringify({
    images: [1, 2, 3, 4, 5, 6].map((id) => image(id, { width: id })),
    annotations: [],
  });
  await expect(sandbox.import(text.slice(0, -30), { name: 'a.json' })).rejects.toThrow();
  expect(await sandbox.count('images')).toBeGreaterThan(2);
  await sandbox.import(annotated([image(1), image(2, { width: 2 }), image(3)]), { name: 'b.json' });
  await expect(sandbox.import(`${text.slice(0, -30)}?`, { name: 'a.json' })).rejects.toMatchObject({
    code: 'DATAVIS_INGEST_SYNTAX',
  });
  expect(await untoldRows(sandbox.connection)).toEqual([]);
  expect(await sandbox.all('SELECT source_key, id, width FROM images ORDER BY id')).toEqual([
    { source_key: 2n, id: 1n, width: null },
    { source_key: 2n, id: 2n, width: 2 },
    { source_key: 2n, id: 3n, width: null },
  ]);
});

// With lists of their own: a file without borrows from those that were there before it.
const small = fc.integer({ min: 0, max: 4 });
const file = fc.record({
  images: fc.array(
    fc.record(
      { id: small, file_name: fc.constantFrom('a', 'b'), width: small, note: small },
      { requiredKeys: ['id'] },
    ),
    { minLength: 1, maxLength: 5 },
  ),
  annotations: fc.array(
    fc.record(
      { id: small, image_id: small, category_id: small, area: small, note: small },
      { requiredKeys: ['id', 'image_id'] },
    ),
    { maxLength: 6 },
  ),
  categories: fc.array(
    fc.record({ id: small, name: fc.constantFrom('x', 'y'), note: small }, { requiredKeys: ['id', 'name'] }),
    { minLength: 1, maxLength: 3 },
  ),
  info: small,
});

/** What the rows say, by names, whatever keys they have. */
const SAID = `SELECT s.uri, a.idx, i.id AS image, i.file_name, c.name, a.image_ambiguous AS ambiguous FROM annotations a
  JOIN sources s ON s.source_key = a.source_key LEFT JOIN images i USING (image_key) LEFT JOIN categories c USING (category_key)
  ORDER BY ALL`;

test('however files change one after the other, the rows say what a first import of the last versions says', async () => {
  let run = 0;
  const edits = fc.array(fc.tuple(fc.constantFrom('a.json', 'b.json', 'c.json'), file), {
    minLength: 2,
    maxLength: 7,
  });
  await fc.assert(
    fc.asyncProperty(edits, async (all) => {
      const one = await openSandbox();
      const other = await openSandbox();
      try {
        const last = new Map<string, object>();
        for (const [name, content] of all) {
          await one.import({ ...content, run: (run += 1) }, { name });
          last.set(name, { ...content, run });
          expect(await untoldRows(one.connection)).toEqual([]);
        }
        for (const [name, content] of last) await other.import(content, { name });
        const said = async (sandbox: Sandbox): Promise<string> =>
          JSON.stringify(await sandbox.all(SAID), (_, value: unknown) =>
            typeof value === 'bigint' ? String(value) : value,
          ).replaceAll(sandbox.folder, '');
        expect(await said(one)).toBe(await said(other));
        for (const table of ['images', 'categories', 'annotations', 'source_images', 'records']) {
          expect([table, await one.count(table)]).toEqual([table, await other.count(table)]);
        }
        const out = join(one.folder, 'out');
        await one.engine.export({ dataset: 'set', out });
        for (const [name, content] of last) {
          expect(JSON.parse(await readFile(join(out, name), 'utf8'))).toEqual(JSON.parse(JSON.stringify(content)));
        }
      } finally {
        await one.close();
        await other.close();
      }
    }),
    { numRuns: 8 },
  );
}, 300_000);
