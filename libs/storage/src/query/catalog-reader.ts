import type { CallOptions, SqlBatch, SqlConnection, SqlDatabase, SqlRow, StreamOptions } from '@datavis/plugin-sdk';
import { promotedFields, type PromotedField } from '../catalog/promoted-fields.js';
import { compileFilter } from './compile-filter.js';
import type { RecordTable } from './compile-filter.js';
import type { Condition } from './conditions.js';
import { queryError } from './errors.js';
import { readFindings } from './findings.js';
import type { FindingPage, FindingRequest } from './findings.js';
import { fieldStats } from './field-stats.js';
import type { FieldStats } from './field-stats.js';
import { findOrder } from './order.js';
import { pageSql, rowsSql, toPage } from './page.js';
import type { PageRequest } from './page.js';
import { findColumns } from './plugin-columns.js';
import { withPluginValues } from './plugin-values.js';
import type { RecordFilter } from './record-filter.js';
import { unknownNames } from './unknown-names.js';
import { datasetStats } from './stats.js';
import type { DatasetStats } from './stats.js';

export interface RecordRequest {
  /** Default: all records. */
  readonly filter?: RecordFilter;
  /** Default: by key. */
  readonly sort?: string;
}

export interface RowPage {
  readonly rows: readonly SqlRow[];
  /** Cursor of the next page; `null` at the end. */
  readonly next: string | null;
}

/**
 * Reads of the catalog. Rows have the columns of their table; images have `split` beside them, annotations `category`,
 * both as names; all but streamed rows have `plugins` (see `withPluginValues`). Every call has a connection of its own and ends when its signal aborts.
 *
 * Errors: `DATAVIS_CATALOG_NOT_FOUND` (no such dataset), `DATAVIS_CATALOG_FILTER`, `DATAVIS_CATALOG_CURSOR`.
 */
export interface CatalogReader {
  /** Rejects where the database does not answer. */
  ping(): Promise<void>;
  /** Columns of `datasets`, the list `splits`, and counts of `images`, `annotations`, `categories`. */
  datasets(call?: CallOptions): Promise<SqlRow[]>;
  image(dataset: string, imageKey: bigint | string, call?: CallOptions): Promise<SqlRow | undefined>;
  page(
    dataset: string,
    table: RecordTable,
    request: RecordRequest & PageRequest,
    call?: CallOptions,
  ): Promise<RowPage>;
  /**
   * Why a filter may find nothing: names of categories, supercategories and splits that the dataset does not have, with
   * those that were likely meant. Undefined where it has them all.
   */
  hint(dataset: string, filter: RecordFilter, call?: CallOptions): Promise<string | undefined>;
  /** All rows, streamed; breaking out of the loop ends the query. */
  batches(
    dataset: string,
    table: RecordTable,
    request?: RecordRequest,
    call?: StreamOptions,
  ): AsyncIterable<SqlBatch>;
  /** Annotations of some images, by image and key. */
  annotationsOf(dataset: string, imageKeys: readonly (bigint | string)[], call?: CallOptions): Promise<SqlRow[]>;
  /** Keypoints and skeleton come from the first source that has them: COCO's instances files name people without. */
  categories(dataset: string, call?: CallOptions): Promise<SqlRow[]>;
  stats(dataset: string, call?: CallOptions): Promise<DatasetStats>;
  /** Keys of `extra` that were made columns: conditions and orders take them as `extra.NAME`. */
  promotedFields(): Promise<PromotedField[]>;
  /** What a promoted field holds in a dataset. */
  fieldStats(
    dataset: string,
    field: Pick<PromotedField, 'table' | 'name'>,
    call?: CallOptions,
  ): Promise<FieldStats>;
  findings(dataset: string, request: FindingRequest, call?: CallOptions): Promise<FindingPage>;
  /**
   * Where the pictures of some images lie: `image_key`, `media_uri`, `media_state`, `file_name`, and of the source that
   * lists them `source_uri`, `media_root`, `media_prefixes`.
   */
  media(dataset: string, imageKeys: readonly (bigint | string)[], call?: CallOptions): Promise<SqlRow[]>;
}

/** A {@link CatalogReader} over an open catalog. */
export function createCatalogReader(database: SqlDatabase): CatalogReader {
  async function using<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const connection = await database.connect();
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  function inDataset<T>(
    dataset: string,
    call: CallOptions,
    work: (connection: SqlConnection, key: bigint) => Promise<T>,
  ): Promise<T> {
    return using(async (connection) => work(connection, await datasetKey(connection, dataset, call)));
  }

  async function condition(
    connection: SqlConnection,
    key: bigint,
    table: RecordTable,
    filter: RecordFilter,
    call: CallOptions,
  ): Promise<Condition> {
    const columns = await findColumns(connection, table, filter.columns ?? [], call);
    return compileFilter(table, filter, { datasetKey: key, columns });
  }

  return {
    ping: () => using((connection) => connection.all('SELECT 1').then(() => undefined)),

    datasets: (call = {}) =>
      using((connection) =>
        connection.all(
          `SELECT d.*,
             coalesce((SELECT list(s.name ORDER BY s.split_key) FROM splits s WHERE s.dataset_key = d.dataset_key), []) AS splits,
             (SELECT count(*) FROM images i WHERE i.dataset_key = d.dataset_key) AS images,
             (SELECT count(*) FROM annotations a WHERE a.dataset_key = d.dataset_key) AS annotations,
             (SELECT count(*) FROM categories c WHERE c.dataset_key = d.dataset_key) AS categories
           FROM datasets d ORDER BY d.dataset_key`,
          [],
          call,
        ),
      ),

    image: (dataset, imageKey, call = {}) =>
      inDataset(dataset, call, async (connection, key) => {
        const [row] = await connection.all(
          `SELECT i.*, s.name AS split FROM images i LEFT JOIN splits s ON s.split_key = i.split_key
           WHERE i.dataset_key = ? AND i.image_key = ?`,
          [key, BigInt(imageKey)],
          call,
        );
        return row && (await withPluginValues(connection, 'images', [row], call))[0];
      }),

    page: (dataset, table, request, call = {}) =>
      inDataset(dataset, call, async (connection, key) => {
        const where = await condition(connection, key, table, request.filter ?? {}, call);
        const order = await findOrder(connection, table, request.sort, call);
        const { sql, params } = pageSql(table, where, order, request);
        const found = toPage(table, await connection.all(sql, params, call), order, request.limit);
        return { ...found, rows: await withPluginValues(connection, table, found.rows, call) };
      }),

    hint: (dataset, filter, call = {}) =>
      inDataset(dataset, call, (connection, key) => unknownNames(connection, key, filter, call)),

    async *batches(dataset, table, { filter = {}, sort } = {}, call = {}) {
      const connection = await database.connect();
      try {
        const key = await datasetKey(connection, dataset, call);
        const order = await findOrder(connection, table, sort, call);
        const { sql, params } = rowsSql(table, await condition(connection, key, table, filter, call), order);
        yield* connection.batches(sql, params, call);
      } finally {
        await connection.close();
      }
    },

    annotationsOf: (dataset, imageKeys, call = {}) =>
      inDataset(dataset, call, async (connection, key) => {
        const keys = imageKeys.map(BigInt);
        const [first] = keys;
        if (first === undefined) return [];
        // The bounds let the zone maps skip what the list alone would not.
        const least = keys.reduce((a, b) => (b < a ? b : a), first);
        const greatest = keys.reduce((a, b) => (b > a ? b : a), first);
        const rows = await connection.all(
          `SELECT a.*, c.name AS category FROM annotations a LEFT JOIN categories c ON c.category_key = a.category_key
           WHERE a.dataset_key = ? AND a.image_key BETWEEN ? AND ? AND a.image_key IN (SELECT unnest(?))
           ORDER BY a.image_key, a.annotation_key`,
          [key, least, greatest, keys],
          call,
        );
        return withPluginValues(connection, 'annotations', rows, call);
      }),

    categories: (dataset, call = {}) =>
      inDataset(dataset, call, (connection, key) =>
        connection.all(
          `SELECT c.* REPLACE (${firstOf('keypoints')} AS keypoints, ${firstOf('skeleton')} AS skeleton)
           FROM categories c WHERE c.dataset_key = ? ORDER BY c.category_key`,
          [key],
          call,
        ),
      ),

    stats: (dataset, call = {}) =>
      inDataset(dataset, call, (connection, key) => datasetStats(connection, key, call)),

    promotedFields: () => using(promotedFields),

    fieldStats: (dataset, field, call = {}) =>
      inDataset(dataset, call, (connection, key) => fieldStats(connection, key, field, call)),

    findings: (dataset, request, call = {}) =>
      inDataset(dataset, call, (connection, key) => readFindings(connection, key, request, call)),

    media: (dataset, imageKeys, call = {}) =>
      inDataset(dataset, call, (connection, key) =>
        connection.all(
          `SELECT i.image_key, i.media_uri, i.media_state, i.file_name,
             s.uri AS source_uri, s.media_root, s.media_prefixes
           FROM images i LEFT JOIN sources s ON s.source_key = i.source_key
           WHERE i.dataset_key = ? AND i.image_key IN (SELECT unnest(?))`,
          [key, imageKeys.map(BigInt)],
          call,
        ),
      ),
  };
}

/** The value of the category's row, else that of the first source which lists it with one. */
function firstOf(column: 'keypoints' | 'skeleton'): string {
  return `coalesce(c.${column}, (SELECT first(s.${column} ORDER BY s.source_key) FROM source_categories s
    WHERE s.category_key = c.category_key AND s.${column} IS NOT NULL))`;
}

async function datasetKey(connection: SqlConnection, name: string, call: CallOptions): Promise<bigint> {
  const [row] = await connection.all<{ dataset_key: bigint }>(
    'SELECT dataset_key FROM datasets WHERE name = ?',
    [name],
    call,
  );
  if (row !== undefined) return row.dataset_key;
  throw queryError('DATAVIS_CATALOG_NOT_FOUND', `There is no dataset ${JSON.stringify(name.slice(0, 200))}`);
}
