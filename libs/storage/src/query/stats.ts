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
  /** Width to height of images as declared, and of boxes (derived where the source has none); see {@link Aspects}. */
  readonly aspects: { readonly images: Aspects; readonly boxes: Aspects };
}

/** By width / height: below 2/3, up to 3/2, above; `unknown` without a positive width and height. */
export interface Aspects {
  readonly tall: number;
  readonly even: number;
  readonly wide: number;
  readonly unknown: number;
}

/** Sums of truth values: a pass over bare columns, where `count(*) FILTER` makes a selection for each count. */
const aspectSums = (width: string, height: string): string => {
  const known = `${width} > 0 AND ${height} > 0`;
  const sum = (condition: string): string => `coalesce(sum((${known} AND ${condition})::INTEGER), 0)`;
  return `${sum(`${width} * 3 < ${height} * 2`)} AS tall, ${sum(`${width} * 2 > ${height} * 3`)} AS wide,
    coalesce(sum((${known})::INTEGER), 0) AS measured`;
};

function toAspects(counts: Readonly<Record<string, number>>): Aspects {
  const { total = 0, tall = 0, wide = 0, measured = 0 } = counts;
  return { tall, even: measured - tall - wide, wide, unknown: total - measured };
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
    `SELECT count(*) AS total, coalesce(sum((media_state = 'missing')::INTEGER), 0) AS missing,
       (SELECT count(DISTINCT image_key) FROM annotations WHERE dataset_key = $1) AS annotated,
       ${aspectSums('width::BIGINT', 'height::BIGINT')}
     FROM images WHERE dataset_key = $1`,
    [datasetKey],
  );
  const counts = await numbers(
    `SELECT count(*) AS total, coalesce(sum(iscrowd::INTEGER), 0) AS crowd, count(size) AS sized,
       coalesce(sum((size < 1024)::INTEGER), 0) AS small, coalesce(sum((size < 9216)::INTEGER), 0) AS below_large,
       ${aspectSums('w', 'h')}
     FROM (SELECT iscrowd, coalesce(area, area_derived) AS size, coalesce(bbox_w, bbox_w_derived) AS w,
         coalesce(bbox_h, bbox_h_derived) AS h FROM annotations WHERE dataset_key = $1)`,
    [datasetKey],
  );
  const categories = await connection.all<{
    category_key: bigint;
    name: string | null;
    supercategory: string | null;
    annotations: bigint;
    images: bigint;
  }>(
    // Pairs first: a count(DISTINCT) by group costs three times as much.
    `SELECT c.category_key, c.name, c.supercategory, coalesce(a.annotations, 0)::BIGINT AS annotations,
       coalesce(a.images, 0) AS images
     FROM categories c LEFT JOIN (
       SELECT category_key, sum(pairs.n) AS annotations, count(image_key) AS images FROM (
         SELECT category_key, image_key, count(*) AS n FROM annotations WHERE dataset_key = $1 GROUP BY ALL) pairs
       GROUP BY category_key) a ON a.category_key = c.category_key
     WHERE c.dataset_key = $1 ORDER BY annotations DESC, c.category_key`,
    [datasetKey],
    call,
  );
  const { total = 0, crowd = 0, small = 0, below_large: belowLarge = 0, sized = 0 } = counts;
  const { total: listed = 0, missing = 0, annotated = 0 } = images;
  return {
    images: { total: listed, missing, empty: listed - annotated },
    annotations: { total, crowd },
    categories: categories.map(({ category_key: key, name, supercategory, ...rest }) => ({
      key: String(key),
      name,
      supercategory,
      annotations: Number(rest.annotations),
      images: Number(rest.images),
    })),
    sizes: { small, medium: belowLarge - small, large: sized - belowLarge, unknown: total - sized },
    aspects: { images: toAspects(images), boxes: toAspects(counts) },
  };
}
