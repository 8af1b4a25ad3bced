import type { SqlConnection } from '@datavis/plugin-sdk';
import { boundsOf, inScope, type LinkScope } from './link-scope.js';

/** Segments of panoptic annotations as rows of their own, read out of `segments_info`; what has another form stays there only. */
export async function storeSegments(connection: SqlConnection, scope: LinkScope): Promise<void> {
  const panoptic = await connection.all(
    `SELECT 1 FROM annotations WHERE ${inScope()} AND segments_info IS NOT NULL LIMIT 1`,
    boundsOf(scope),
  );
  if (panoptic.length === 0) return;
  // Half a surrogate pair is no JSON to DuckDB, and an error where it is not asked first.
  const isList = `CASE WHEN json_valid(segments_info) THEN json_type(segments_info) END = 'ARRAY'`;
  const number = (path: string): string => `TRY_CAST(s->>'$.${path}' AS DOUBLE)`;
  await connection.run(
    `INSERT INTO segments (annotation_key, dataset_key, source_key, idx, id, category_id, category_key, area, bbox_x,
       bbox_y, bbox_w, bbox_h, iscrowd)
     WITH lists AS (SELECT annotation_key, source_key, from_json(segments_info, '["JSON"]') AS items
         FROM annotations WHERE ${inScope()} AND segments_info IS NOT NULL AND ${isList}),
       found AS (SELECT annotation_key, source_key, unnest(items) AS s, generate_subscripts(items, 1)::INTEGER - 1 AS idx FROM lists)
     SELECT f.annotation_key, $3, f.source_key, f.idx, TRY_CAST(s->>'$.id' AS BIGINT), TRY_CAST(s->>'$.category_id' AS BIGINT),
       t.row_key, ${number('area')}, ${number('bbox[0]')}, ${number('bbox[1]')}, ${number('bbox[2]')}, ${number('bbox[3]')},
       TRY_CAST(s->>'$.iscrowd' AS BOOLEAN)
     FROM found f LEFT JOIN categories_targets t ON t.source_key = f.source_key AND t.id = TRY_CAST(s->>'$.category_id' AS BIGINT)
     ORDER BY f.annotation_key, f.idx`,
    [...boundsOf(scope), scope.datasetKey],
  );
}
