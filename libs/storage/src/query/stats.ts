import type { CallOptions, SqlConnection } from '@datavis/plugin-sdk';

export interface CategoryStats {
  /** Row key as decimal text. */
  readonly key: string;
  readonly name: string | null;
  readonly supercategory: string | null;
  readonly annotations: number;
  /** Images that have at least one. */
  readonly images: number;
}

export interface DatasetStats {
  /** `empty`: without annotations. */
  readonly images: { readonly total: number; readonly missing: number; readonly empty: number };
  readonly annotations: { readonly total: number; readonly crowd: number };
  readonly categories: readonly CategoryStats[];
  /** Areas as COCO cuts them: below 32 x 32 pixels, below 96 x 96, larger; `unknown` without an area. */
  readonly sizes: {
    readonly small: number;
    readonly medium: number;
    readonly large: number;
    readonly unknown: number;
  };
}

/** @see https://cocodataset.org/#detection-eval for the sizes */
export async function datasetStats(
  connection: SqlConnection,
  datasetKey: bigint,
  call: CallOptions,
): Promise<DatasetStats> {
  const numbers = async (sql: string, params: readonly bigint[]): Promise<Record<string, number>> => {
    const [row = {}] = await connection.all(sql, params, call);
    return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]));
  };
  const images = await numbers(
    `SELECT count(*) AS total, count(*) FILTER (media_state = 'missing') AS missing,
       count(*) FILTER (image_key NOT IN
         (SELECT image_key FROM annotations WHERE dataset_key = ? AND image_key IS NOT NULL)) AS empty
     FROM images WHERE dataset_key = ?`,
    [datasetKey, datasetKey],
  );
  const counts = await numbers(
    `SELECT count(*) AS total, count(*) FILTER (iscrowd) AS crowd,
       count(*) FILTER (size < 1024) AS small, count(*) FILTER (size >= 1024 AND size < 9216) AS medium,
       count(*) FILTER (size >= 9216) AS large, count(*) FILTER (size IS NULL) AS unknown
     FROM (SELECT iscrowd, coalesce(area, area_derived) AS size FROM annotations WHERE dataset_key = ?)`,
    [datasetKey],
  );
  const categories = await connection.all<{
    category_key: bigint;
    name: string | null;
    supercategory: string | null;
    annotations: bigint;
    images: bigint;
  }>(
    `SELECT c.category_key, c.name, c.supercategory, count(a.annotation_key) AS annotations,
       count(DISTINCT a.image_key) AS images
     FROM categories c LEFT JOIN annotations a ON a.category_key = c.category_key
     WHERE c.dataset_key = ? GROUP BY ALL ORDER BY annotations DESC, c.category_key`,
    [datasetKey],
    call,
  );
  const { total = 0, crowd = 0, small = 0, medium = 0, large = 0, unknown = 0 } = counts;
  return {
    images: { total: images['total'] ?? 0, missing: images['missing'] ?? 0, empty: images['empty'] ?? 0 },
    annotations: { total, crowd },
    categories: categories.map(({ category_key: key, name, supercategory, ...rest }) => ({
      key: String(key),
      name,
      supercategory,
      annotations: Number(rest.annotations),
      images: Number(rest.images),
    })),
    sizes: { small, medium, large, unknown },
  };
}
