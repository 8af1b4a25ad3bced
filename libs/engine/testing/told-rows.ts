import type { SqlConnection } from '@datavis/plugin-sdk';

/**
 * Rows of images and categories that do not say what a source says which lists them: each row is told by one source, at
 * the place and in the words of its record, and every source that says something else keeps its own words.
 */
export async function untoldRows(connection: SqlConnection): Promise<unknown[]> {
  const said = ['width', 'height', 'license', 'coco_url', 'flickr_url', 'date_captured', 'extra'];
  const named = ['name', 'supercategory', 'id', 'id_text', 'keypoints', 'skeleton', 'extra'];
  const same = (names: readonly string[]): string =>
    names.map((name) => `r.${name} IS NOT DISTINCT FROM s.${name}`).join(' AND ');
  const place = same(['idx', 'byte_offset', 'key']);
  return connection.all(
    `SELECT 'image' AS what, image_key AS key FROM images r WHERE NOT EXISTS (SELECT 1 FROM source_images s
       WHERE s.image_key = r.image_key AND s.source_key = r.source_key AND NOT s.differs AND ${place})
     UNION ALL SELECT 'words', s.image_key FROM source_images s JOIN images r USING (image_key)
       WHERE s.differs AND s.source_key = r.source_key OR (NOT s.differs AND (${said.map((name) => `s.${name} IS NOT NULL`).join(' OR ')}))
     UNION ALL SELECT 'category', category_key FROM categories r WHERE NOT EXISTS (SELECT 1 FROM source_categories s
       WHERE s.category_key = r.category_key AND s.source_key = r.source_key AND ${place} AND ${same(named)})
     UNION ALL SELECT 'nobody lists image', image_key FROM images WHERE image_key NOT IN (SELECT image_key FROM source_images)
     UNION ALL SELECT 'nobody has source', source_key FROM source_images WHERE source_key NOT IN (SELECT source_key FROM sources)`,
  );
}
