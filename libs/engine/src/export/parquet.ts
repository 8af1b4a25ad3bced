import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportContext, FilePlan } from './open-export.js';

/** Tables of an export and the column that restricts them to what is exported. */
const TABLES: Readonly<Record<string, 'dataset_key' | 'source_key'>> = {
  datasets: 'dataset_key',
  splits: 'dataset_key',
  sources: 'source_key',
  categories: 'dataset_key',
  source_categories: 'source_key',
  source_images: 'source_key',
  segments: 'source_key',
  records: 'source_key',
  licenses: 'source_key',
  findings: 'source_key',
  finding_counts: 'source_key',
};

/** Tables of a Parquet export, each a file `TABLE.parquet`. */
export const PARQUET_TABLES: readonly string[] = [...Object.keys(TABLES), 'images', 'annotations'];

/**
 * One Parquet file for each table, as DuckDB writes it: lists stay lists, keys join as they do in the catalog, rows are in no
 * certain order. With `partitioned`, images and annotations are in files for each split, below `dataset=NAME/split=NAME/`
 * as Hive names them, sorted by image from part to part: a lake that other engines read as it is.
 */
export async function* parquetFiles(context: ExportContext, partitioned: boolean): AsyncGenerator<FilePlan> {
  const { connection, sources, only } = context;
  const keys = sources.map(({ source_key }) => String(source_key)).join(', ');
  const inSources = `source_key IN (${keys})`;
  const inDatasets = `dataset_key IN (SELECT dataset_key FROM sources WHERE ${inSources})`;
  const chosen = (condition: string | undefined): string => (condition === undefined ? '' : ` AND ${condition}`);
  const images = `FROM images WHERE image_key IN (SELECT image_key FROM source_images WHERE ${inSources})${chosen(only?.images)}`;
  const annotations = `FROM annotations WHERE ${inSources}${chosen(only?.annotations)}`;

  const folder = await mkdtemp(join(tmpdir(), 'datavis-parquet-'));
  try {
    for (const [table, column] of Object.entries(TABLES)) {
      const where = column === 'source_key' ? inSources : inDatasets;
      yield file(context, folder, `${table}.parquet`, `SELECT * FROM ${table} WHERE ${where}`);
    }
    if (!partitioned) {
      yield file(context, folder, 'images.parquet', `SELECT * ${images}`);
      yield file(context, folder, 'annotations.parquet', `SELECT * ${annotations}`);
      return;
    }
    const parts = await connection.all<{ dataset: string; split: string | null; split_key: bigint | null }>(
      `SELECT DISTINCT d.name AS dataset, p.name AS split, s.split_key FROM sources s JOIN datasets d USING (dataset_key)
       LEFT JOIN splits p ON p.split_key = s.split_key WHERE s.source_key IN (${keys}) ORDER BY ALL`,
    );
    for (const { dataset, split, split_key } of parts) {
      const below = `dataset=${hiveName(dataset)}/split=${hiveName(split)}`;
      const ofSplit = `split_key IS NOT DISTINCT FROM ${split_key === null ? 'NULL' : String(split_key)}`;
      const imagesSql = `SELECT * ${images} AND ${ofSplit} ORDER BY image_key`;
      yield file(context, folder, `images/${below}/part-0.parquet`, imagesSql, true);
      const ofSources = `source_key IN (SELECT source_key FROM sources WHERE ${ofSplit})`;
      let part = 0;
      for (const inPart of await partsOf(context, `${annotations} AND ${ofSources}`)) {
        const annotationsSql = `SELECT * ${annotations} AND ${ofSources} AND ${inPart} ORDER BY image_key, annotation_key`;
        yield file(context, folder, `annotations/${below}/part-${part++}.parquet`, annotationsSql, true);
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** JSON of the annotations that are sorted at once, which has to fit into DuckDB's memory several times. */
const PART_BYTES = 24 << 20;
const ROW_GROUP_BYTES = 16 << 20;

/** Conditions on images by which annotations (`FROM … WHERE …`) fall into parts of about {@link PART_BYTES}, in their order. */
async function partsOf({ connection, signal }: ExportContext, from: string): Promise<string[]> {
  const [size] = await connection.all<{ bytes: bigint | null }>(
    `SELECT sum(bytes)::BIGINT AS bytes FROM (SELECT max(byte_offset) - min(byte_offset) AS bytes ${from} GROUP BY source_key)`,
    [],
    { signal },
  );
  const parts = Math.ceil(Number(size?.bytes ?? 0) / PART_BYTES);
  if (parts <= 1) return ['true'];
  const ends = await connection.all<{ last: bigint | null }>(
    `SELECT max(image_key) AS last FROM (SELECT image_key, ntile(${parts}) OVER (ORDER BY image_key) AS part ${from})
     GROUP BY part ORDER BY part`,
    [],
    { signal },
  );
  const bounds = [...new Set(ends.slice(0, -1).flatMap(({ last }) => last ?? []))];
  const conditions = bounds.map((last, at) => {
    const first = bounds[at - 1];
    return first === undefined ? `image_key <= ${last}` : `image_key > ${first} AND image_key <= ${last}`;
  });
  const rest = bounds.at(-1);
  return rest === undefined ? ['true'] : [...conditions, `(image_key > ${rest} OR image_key IS NULL)`];
}

/**
 * DuckDB writes to the disk only: the file goes through a temporary folder, and is gone once it is read.
 *
 * To keep the order of rows, it gathers 122,880 of them, on each thread, however large they are: more than all its memory
 * with a file of polygons. Where they need no order, it writes what it has when that is {@link ROW_GROUP_BYTES}, twice as
 * fast.
 */
function file(
  { connection, signal }: ExportContext,
  folder: string,
  key: string,
  sql: string,
  isSorted = false,
): FilePlan {
  return {
    key,
    async *body() {
      const path = join(folder, 'table.parquet');
      const groups = isSorted ? '' : `, ROW_GROUP_SIZE_BYTES ${ROW_GROUP_BYTES}`;
      const target = `'${path.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd${groups})`;
      // The connection is the export's own.
      await connection.run(`SET SESSION preserve_insertion_order = ${isSorted}`);
      await connection.run(`COPY (${sql}) TO ${target}`, [], { signal });
      yield* createReadStream(path) as AsyncIterable<Uint8Array>;
      await rm(path);
    },
  };
}

/** As Hive escapes the values in its folder names. */
function hiveName(value: string | null): string {
  if (value === null) return '__HIVE_DEFAULT_PARTITION__';
  return value.replace(/[^\w.-]/gu, (sign) => encodeURIComponent(sign));
}
