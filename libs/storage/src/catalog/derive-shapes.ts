import type { SqlConnection } from '@datavis/plugin-sdk';
import { boundsOf, inScope, type LinkScope } from './link-scope.js';

/** Size of a run-length mask in pixels, its box as x, y, width, height. */
export interface MaskMeasures {
  readonly area: number;
  readonly bbox: readonly number[];
}

/** Measures a mask, given as the JSON text of its record; undefined for what is no mask. */
export type MeasureMask = (rle: string) => MaskMeasures | undefined;

/** Masks measured at a time. */
const PAGE_ROWS = 2_000;

/** Parts that are polygons: pairs of numbers, three at least. */
const PARTS = 'list_filter(polygons, lambda part: len(part) >= 6 AND len(part) % 2 = 0)';
/** Twice the signed area of one part (shoelace): over its corners k, each with the next one. */
const TWICE = `list_sum(list_transform(range(1, len(part) // 2 + 1), lambda k:
  part[2 * k - 1] * part[2 * (k % (len(part) // 2)) + 2] - part[2 * (k % (len(part) // 2)) + 1] * part[2 * k]))`;

/**
 * Fills area_derived and bbox_…_derived of the annotations of sources that have no area or no box: from polygons (the
 * sum of their parts' areas), from run-length masks (their pixels), else the area from the box. Rows that have both are
 * not touched, and cost nothing.
 *
 * @see https://en.wikipedia.org/wiki/Shoelace_formula
 */
export async function deriveShapes(
  connection: SqlConnection,
  scope: LinkScope,
  measureMask: MeasureMask | undefined,
): Promise<void> {
  await connection.run(
    `UPDATE annotations SET area_derived = list_sum(list_transform(${PARTS}, lambda part: abs(${TWICE}) / 2))
     WHERE ${inScope()} AND area IS NULL AND polygons IS NOT NULL AND len(${PARTS}) > 0`,
    boundsOf(scope),
  );
  await connection.run(
    `UPDATE annotations SET
       bbox_x_derived = b.x0, bbox_y_derived = b.y0, bbox_w_derived = b.x1 - b.x0, bbox_h_derived = b.y1 - b.y0
     FROM (SELECT annotation_key, list_min(xs) AS x0, list_max(xs) AS x1, list_min(ys) AS y0, list_max(ys) AS y1
           FROM (SELECT annotation_key, list_filter(flat, lambda v, i: i % 2 = 1) AS xs,
                   list_filter(flat, lambda v, i: i % 2 = 0) AS ys
                 FROM (SELECT annotation_key, flatten(polygons) AS flat FROM annotations
                       WHERE ${inScope()} AND bbox_x IS NULL AND polygons IS NOT NULL))
           WHERE len(xs) > 0 AND len(ys) > 0) b
     WHERE annotations.annotation_key = b.annotation_key`,
    boundsOf(scope),
  );
  if (measureMask !== undefined) await deriveFromMasks(connection, scope, measureMask);
  await connection.run(
    `UPDATE annotations SET area_derived = coalesce(bbox_w, bbox_w_derived) * coalesce(bbox_h, bbox_h_derived)
     WHERE ${inScope()} AND area IS NULL AND area_derived IS NULL`,
    boundsOf(scope),
  );
}

async function deriveFromMasks(
  connection: SqlConnection,
  scope: LinkScope,
  measureMask: MeasureMask,
): Promise<void> {
  for (let after = 0n; ;) {
    const rows = await connection.all<{ annotation_key: bigint; rle: string }>(
      `SELECT annotation_key, rle FROM annotations WHERE ${inScope()} AND annotation_key > $3
         AND rle IS NOT NULL AND (area IS NULL OR bbox_x IS NULL) ORDER BY annotation_key LIMIT ${PAGE_ROWS}`,
      [...boundsOf(scope), after],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.annotation_key;
    const measured = rows.flatMap(({ annotation_key: key, rle }) => {
      const found = measureMask(rle);
      return found === undefined ? [] : [{ key, ...found }];
    });
    if (measured.length === 0) continue;
    const side = (at: number): number[] => measured.map(({ bbox }) => bbox[at] ?? 0);
    await connection.run(
      `UPDATE annotations SET area_derived = CASE WHEN annotations.area IS NULL THEN m.area END,
         bbox_x_derived = CASE WHEN bbox_x IS NULL THEN m.x END, bbox_y_derived = CASE WHEN bbox_x IS NULL THEN m.y END,
         bbox_w_derived = CASE WHEN bbox_x IS NULL THEN m.w END, bbox_h_derived = CASE WHEN bbox_x IS NULL THEN m.h END
       FROM (SELECT unnest($1::BIGINT[]) AS key, unnest($2::DOUBLE[]) AS area, unnest($3::DOUBLE[]) AS x,
         unnest($4::DOUBLE[]) AS y, unnest($5::DOUBLE[]) AS w, unnest($6::DOUBLE[]) AS h) m
       WHERE annotations.annotation_key = m.key`,
      [measured.map(({ key }) => key), measured.map(({ area }) => area), side(0), side(1), side(2), side(3)],
    );
  }
}
