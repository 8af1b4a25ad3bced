import type { SqlConnection, SqlDatabase, SqlRow } from '@datavis/plugin-sdk';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { matching, type OracleAnnotation, type OracleData, type OracleImage } from '../../testing/filter-oracle.js';
import { migrate } from '../catalog/migrations.js';
import { promoteField } from '../catalog/promoted-fields.js';
import { openDuckDb } from '../duckdb-node/duckdb-node.js';
import { createCatalogReader } from './catalog-reader.js';
import type { ColumnTerm, NameSet, NumberRange, RecordFilter } from './record-filter.js';

const CATEGORIES = ['cat', 'dog', 'sofa'];
const SUPERS = ['animal', 'animal', null];
const SPLITS = ['train', 'val'];
const CODES = ['bbox-zero', 'odd'];

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 3 });
const image: fc.Arbitrary<OracleImage> = fc.record({
  split: maybe(fc.constantFrom(...SPLITS)),
  fileName: fc.constantFrom('a/Cat 1.jpg', 'DOG.png', 'x.jpg', 'ü%_.gif'),
  width: maybe(fc.integer({ min: 0, max: 4 })),
  height: maybe(fc.integer({ min: 0, max: 4 })),
  missing: fc.boolean(),
  findings: fc.uniqueArray(fc.constantFrom(...CODES)),
  level: maybe(fc.integer({ min: 0, max: 3 })),
  plugin: maybe(fc.integer({ min: 0, max: 3 })),
});
const annotation = (images: number): fc.Arbitrary<OracleAnnotation> =>
  fc.record({
    image: maybe(fc.integer({ min: 0, max: images - 1 })),
    category: maybe(fc.integer({ min: 0, max: CATEGORIES.length - 1 })),
    area: maybe(fc.integer({ min: 0, max: 4 })),
    areaDerived: maybe(fc.integer({ min: 0, max: 4 })),
    score: maybe(fc.constantFrom(0, 0.25, 0.5, 1)),
    crowd: maybe(fc.boolean()),
    caption: maybe(fc.constantFrom('A cat sleeps', 'no words', 'dog')),
    findings: fc.uniqueArray(fc.constantFrom(...CODES)),
    level: maybe(fc.integer({ min: 0, max: 3 })),
    plugin: maybe(fc.integer({ min: 0, max: 3 })),
  });
const data: fc.Arbitrary<OracleData> = fc.array(image, { minLength: 1, maxLength: 6 }).chain((images) =>
  fc.record({
    images: fc.constant(images),
    annotations: fc.array(annotation(images.length), { maxLength: 10 }),
    categories: fc.constant(CATEGORIES.map((name, at) => ({ name, supercategory: SUPERS[at] ?? null }))),
  }),
);

const names = (all: readonly string[]): fc.Arbitrary<NameSet> => {
  const some = fc.uniqueArray(fc.constantFrom(...all, 'nobody'), { maxLength: 2 });
  return fc.record({ anyOf: some, noneOf: some });
};
const range: fc.Arbitrary<NumberRange> = fc.record(
  {
    min: fc.integer({ min: 0, max: 4 }),
    max: fc.integer({ min: 0, max: 4 }),
    minExclusive: fc.boolean(),
    maxExclusive: fc.boolean(),
  },
  { requiredKeys: [] },
);
/** The filter language has no range without a bound. */
const bounded = range.filter(({ min, max }) => min !== undefined || max !== undefined);
const column: fc.Arbitrary<ColumnTerm> = fc.record({
  namespace: fc.constantFrom('extra', 'boxes'),
  column: fc.constantFrom('level_i', 'level_a'),
  test: fc.oneof(
    bounded,
    fc.integer({ min: 0, max: 3 }).map((equals) => ({ equals })),
  ),
});
const filter: fc.Arbitrary<RecordFilter> = fc.record(
  {
    category: names(CATEGORIES),
    supercategory: names(['animal']),
    split: names(SPLITS),
    finding: names(CODES),
    area: range,
    score: range,
    width: range,
    height: range,
    crowd: fc.boolean(),
    missing: fc.boolean(),
    annotated: fc.boolean(),
    text: fc.constantFrom('cat', 'DOG', '%', 'ü', 'jpg'),
    columns: fc.array(column, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

let database: SqlDatabase;
let connection: SqlConnection;
beforeAll(async () => {
  database = await openDuckDb(':memory:');
  connection = await database.connect();
  await migrate(connection);
  await connection.run(`
    INSERT INTO datasets VALUES (1, 'set', NULL, NULL), (2, 'other', NULL, NULL);
    INSERT INTO splits VALUES (1, 1, 'train'), (2, 1, 'val'), (3, 2, 'train');
    INSERT INTO sources (source_key, dataset_key) VALUES (1, 1);
    INSERT INTO images (image_key, dataset_key, split_key, file_name, extra)
      VALUES (900, 2, 3, 'cat.jpg', '{"level_i": 1}');
    INSERT INTO annotations (annotation_key, dataset_key, image_key, category_key, area, extra)
      VALUES (900, 2, 900, 900, 2, '{"level_a": 1}');
    INSERT INTO categories (category_key, dataset_key, name) VALUES (900, 2, 'cat');
    CREATE SCHEMA plg_boxes;
    CREATE TABLE plg_boxes.images (image_key BIGINT, level_i INTEGER);
    CREATE TABLE plg_boxes.annotations (annotation_key BIGINT, level_a INTEGER);`);
  for (const [name, supercategory] of CATEGORIES.map((one, at) => [one, SUPERS[at] ?? null] as const)) {
    await connection.run(
      'INSERT INTO categories (category_key, dataset_key, name, supercategory) VALUES (?, 1, ?, ?::VARCHAR)',
      [CATEGORIES.indexOf(name) + 1, name, supercategory],
    );
  }
  await connection.transaction(async () => {
    await promoteField(connection, { table: 'images', field: 'level_i' });
    await promoteField(connection, { table: 'annotations', field: 'level_a' });
  });
});
afterAll(() => database.close());

/** Keys are indices, from 1. */
async function store({ images, annotations }: OracleData): Promise<void> {
  await connection.run(`
    DELETE FROM images WHERE dataset_key = 1; DELETE FROM annotations WHERE dataset_key = 1;
    DELETE FROM source_images; DELETE FROM findings; DELETE FROM plg_boxes.images; DELETE FROM plg_boxes.annotations`);
  for (const [at, one] of images.entries()) {
    await connection.run(
      `INSERT INTO images (image_key, dataset_key, source_key, split_key, idx, file_name, width, height, media_state, x_level_i)
       VALUES (?, 1, 1, (SELECT split_key FROM splits WHERE dataset_key = 1 AND name = ?::VARCHAR), ?, ?, ?::INTEGER,
         ?::INTEGER, ?, ?::BIGINT)`,
      [at + 1, one.split, at, one.fileName, one.width, one.height, one.missing ? 'missing' : 'found', one.level],
    );
    await connection.run('INSERT INTO source_images (source_key, image_key, idx) VALUES (1, ?, ?)', [at + 1, at]);
    if (one.plugin !== null)
      await connection.run('INSERT INTO plg_boxes.images VALUES (?, ?)', [at + 1, one.plugin]);
    for (const code of one.findings) await note('images', at, code);
  }
  for (const [at, one] of annotations.entries()) {
    await connection.run(
      `INSERT INTO annotations (annotation_key, dataset_key, source_key, image_key, category_key, idx, area, area_derived,
         score, iscrowd, caption, x_level_a)
       VALUES (?, 1, 1, ?::BIGINT, ?::BIGINT, ?, ?::DOUBLE, ?::DOUBLE, ?::DOUBLE, ?::BOOLEAN, ?::VARCHAR, ?::BIGINT)`,
      [
        at + 1,
        one.image === null ? null : one.image + 1,
        one.category === null ? null : one.category + 1,
        at,
        one.area,
        one.areaDerived,
        one.score,
        one.crowd,
        one.caption,
        one.level,
      ],
    );
    if (one.plugin !== null)
      await connection.run('INSERT INTO plg_boxes.annotations VALUES (?, ?)', [at + 1, one.plugin]);
    for (const code of one.findings) await note('annotations', at, code);
  }
}

function note(section: string, idx: number, code: string): Promise<number> {
  return connection.run(
    'INSERT INTO findings (run_key, dataset_key, source_key, code, section, idx) VALUES (1, 1, 1, ?, ?, ?)',
    [code, section, idx],
  );
}

async function asked(table: 'images' | 'annotations', wanted: RecordFilter): Promise<number[]> {
  const key = table === 'images' ? 'image_key' : 'annotation_key';
  const { rows } = await createCatalogReader(database).page('set', table, { filter: wanted, limit: 100 });
  return rows.map((row: SqlRow) => Number(row[key]) - 1);
}

test('every filter selects what the same conditions in plain JavaScript do', async () => {
  await fc.assert(
    fc.asyncProperty(data, fc.array(filter, { minLength: 4, maxLength: 8 }), async (set, filters) => {
      await store(set);
      for (const one of filters) {
        expect([one, await asked('images', one)]).toEqual([one, matching('images', set, one)]);
        expect([one, await asked('annotations', one)]).toEqual([one, matching('annotations', set, one)]);
      }
    }),
    { numRuns: 25 },
  );
}, 180_000);

test('pages stay in order and whole while rows are added and removed between them', async () => {
  const row = (key: number): string => `(${key}, 1, 1, ${key % 7})`;
  const insert = (keys: readonly number[]): Promise<number> =>
    connection.run(
      `INSERT INTO annotations (annotation_key, dataset_key, source_key, area) VALUES ${keys.map(row).join()}`,
    );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('key', '-key', 'area', '-area'),
      fc.array(fc.record({ add: fc.integer({ min: 0, max: 5 }), remove: fc.boolean() }), {
        minLength: 1,
        maxLength: 6,
      }),
      async (sort, changes) => {
        await connection.run('DELETE FROM annotations WHERE dataset_key = 1');
        const stay = Array.from({ length: 20 }, (_, at) => at * 10);
        await insert(stay);
        const reader = createCatalogReader(database);
        const seen: number[] = [];
        let cursor: string | undefined;
        let next = 0;
        do {
          const page = await reader.page('set', 'annotations', { sort, limit: 3, ...(cursor && { cursor }) });
          seen.push(...page.rows.map((one) => Number(one['annotation_key'])));
          cursor = page.next ?? undefined;
          const change = changes[next % changes.length];
          next += 1;
          if (change === undefined) continue;
          if (change.remove) await connection.run('DELETE FROM annotations WHERE annotation_key % 10 = 5');
          if (change.add > 0)
            await insert(Array.from({ length: change.add }, (_, at) => ((next * 7 + at) % 20) * 10 + 5));
        } while (cursor !== undefined && next < 60);
        // Rows that were there all the time are seen once each, in their order; those that came and went may be.
        const found = seen.filter((key) => key % 10 === 0);
        const byArea = (a: number, b: number): number => (a % 7) - (b % 7) || a - b;
        const ordered = [...stay].sort(sort.endsWith('area') ? byArea : (a, b) => a - b);
        expect(found).toEqual(sort.startsWith('-') ? ordered.reverse() : ordered);
      },
    ),
    { numRuns: 25 },
  );
}, 120_000);
