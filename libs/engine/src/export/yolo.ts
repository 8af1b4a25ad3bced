import type { SqlConnection } from '@datavis/plugin-sdk';
import type { ExportContext, FilePlan } from './open-export.js';

/** Images whose labels are made at a time. */
const WINDOW_IMAGES = 20_000;

const clip = (value: string): string => `round(greatest(0, least(1, ${value})), 6)::VARCHAR`;

/** One line a record: class and box (centre, size), or class and outline; all in parts of the picture's size. */
const LINES = {
  detect: {
    has: 'a.bbox_w IS NOT NULL',
    line: `class || ' ' || ${clip('(bbox_x + bbox_w / 2) / w')} || ' ' || ${clip('(bbox_y + bbox_h / 2) / h')}
      || ' ' || ${clip('bbox_w / w')} || ' ' || ${clip('bbox_h / h')}`,
    lack: 'without a box',
  },
  segment: {
    has: 'len(flatten(a.polygons)) >= 6',
    // A record of several parts is one line: YOLO has no other way to say that they are one object.
    line: `class || ' ' || array_to_string(list_transform(flatten(polygons),
      lambda v, i: ${clip('v / CASE WHEN i % 2 = 1 THEN w ELSE h END')}), ' ')`,
    lack: 'without a polygon',
  },
} as const;

/**
 * YOLO labels: `labels/SPLIT/NAME.txt` for each image, and `data.yaml` with the classes in the order of the catalog.
 * Crowds, records without what the task needs, and images of unknown size are left out and counted.
 *
 * @see https://docs.ultralytics.com/datasets/detect/
 */
export async function* yoloFiles(context: ExportContext, task: 'detect' | 'segment'): AsyncGenerator<FilePlan> {
  const { connection, leftOut, signal } = context;
  const { has, line, lack } = LINES[task];
  await prepare(context);
  const [bounds] = await connection.all<{ first: bigint | null; last: bigint | null }>(
    'SELECT min(image_key) AS first, max(image_key) AS last FROM yolo_images',
  );
  await countLeftOut(connection, leftOut, has, lack);

  const names = new Set<string>();
  for (let from = bounds?.first ?? 0n; from <= (bounds?.last ?? -1n); from += BigInt(WINDOW_IMAGES)) {
    const rows = connection.batches(
      `SELECT i.file_name, i.split, coalesce(l.lines, '') AS lines FROM yolo_images i LEFT JOIN (
         SELECT image_key, string_agg(${line}, chr(10) ORDER BY annotation_key) AS lines FROM (
           SELECT a.*, c.class, i.w, i.h FROM annotations a JOIN yolo_images i USING (image_key)
           JOIN yolo_classes c USING (category_key)
           WHERE ${has} AND a.iscrowd IS NOT TRUE AND a.annotation_key IN (FROM yolo_annotations)
             AND a.image_key >= $1 AND a.image_key < $2) GROUP BY image_key) l USING (image_key)
       WHERE i.image_key >= $1 AND i.image_key < $2 AND i.w > 0 AND i.h > 0 ORDER BY i.image_key`,
      [from, from + BigInt(WINDOW_IMAGES)],
      { signal },
    );
    for await (const { columns, length } of rows) {
      const [files, splits, lines] = columns as readonly ArrayLike<string | null>[];
      for (let row = 0; row < length; row += 1) {
        const key = `labels/${splits?.[row] ?? 'all'}/${stem(files?.[row] ?? '')}.txt`;
        if (names.has(key)) {
          leftOut['images whose name without extension is taken'] =
            (leftOut['images whose name without extension is taken'] ?? 0) + 1;
          continue;
        }
        names.add(key);
        const text = lines?.[row] ?? '';
        yield bytes(key, text === '' ? '' : `${text}\n`);
      }
    }
  }
  yield bytes('data.yaml', await dataYaml(connection));
}

/** Temporary tables: the images, their classes, and the annotations, each object once. */
async function prepare({ connection, sources, only }: ExportContext): Promise<void> {
  const keys = sources.map(({ source_key }) => String(source_key)).join(', ');
  const condition = (sql: string | undefined): string => (sql === undefined ? '' : ` AND ${sql}`);
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE yolo_classes AS
      SELECT category_key, row_number() OVER (ORDER BY category_key) - 1 AS class, name FROM categories
      WHERE dataset_key IN (SELECT dataset_key FROM sources WHERE source_key IN (${keys}));
    CREATE OR REPLACE TEMP TABLE yolo_images AS
      SELECT image_key, i.file_name, s.name AS split, coalesce(i.stored_width, i.width)::DOUBLE AS w,
        coalesce(i.stored_height, i.height)::DOUBLE AS h
      FROM images i LEFT JOIN splits s USING (split_key)
      WHERE image_key IN (SELECT image_key FROM source_images WHERE source_key IN (${keys}))${condition(only?.images)};
    -- The keypoints of a person and its box in the instances file are one object: instances win where there are any.
    CREATE OR REPLACE TEMP TABLE yolo_annotations AS
      SELECT annotation_key FROM annotations WHERE source_key IN (
        SELECT s.source_key FROM sources s WHERE s.source_key IN (${keys}) AND (s.kind = 'instances' OR NOT EXISTS (
          FROM sources o WHERE o.source_key IN (${keys}) AND o.kind = 'instances'
            AND o.split_key IS NOT DISTINCT FROM s.split_key)))${condition(only?.annotations)}`);
}

async function countLeftOut(
  connection: SqlConnection,
  leftOut: Record<string, number>,
  has: string,
  lack: string,
): Promise<void> {
  const [counts] = await connection.all<Record<string, bigint>>(
    `SELECT count(*) FILTER (a.iscrowd IS TRUE) AS "annotations of crowds",
       count(*) FILTER (a.iscrowd IS NOT TRUE AND (${has}) IS NOT TRUE) AS "annotations ${lack}",
       count(*) FILTER (a.image_key IS NULL OR a.category_key IS NULL) AS "annotations without image or category",
       (SELECT count(*) FROM yolo_images WHERE NOT coalesce(w > 0 AND h > 0, false)) AS "images of unknown size"
     FROM annotations a WHERE a.annotation_key IN (FROM yolo_annotations)`,
  );
  for (const [what, number] of Object.entries(counts ?? {})) if (number > 0n) leftOut[what] = Number(number);
}

async function dataYaml(connection: SqlConnection): Promise<string> {
  const classes = await connection.all<{ class: bigint; name: string | null }>(
    'SELECT class, name FROM yolo_classes ORDER BY class',
  );
  const splits = await connection.all<{ split: string | null }>(
    'SELECT DISTINCT split FROM yolo_images ORDER BY split',
  );
  // JSON strings are YAML strings, whatever a name holds.
  return [
    'path: .',
    ...splits.map(
      ({ split }) => `${JSON.stringify(split ?? 'all')}: ${JSON.stringify(`images/${split ?? 'all'}`)}`,
    ),
    'names:',
    ...classes.map(({ class: number, name }) => `  ${number}: ${JSON.stringify(name ?? '')}`),
    '',
  ].join('\n');
}

/** Below the folder of the split, whatever the name says. */
function stem(fileName: string): string {
  const parts = fileName.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.join('/').replace(/\.[^./]*$/, '') || 'unnamed';
}

function bytes(key: string, text: string): FilePlan {
  return {
    key,
    body: async function* () {
      yield await Promise.resolve(new TextEncoder().encode(text));
    },
  };
}
