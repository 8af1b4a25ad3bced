import type { SqlConnection, SqlRow } from '@datavis/plugin-sdk';
import type { LoadedPlugin } from './loaded-plugin.js';

/** An image that has a file, and which plugins have seen this version of it. */
export interface PictureRow extends SqlRow {
  readonly image_key: bigint;
  readonly source_key: bigint;
  readonly id: bigint | null;
  readonly id_text: string | null;
  readonly file_name: string | null;
  readonly media_uri: string;
  readonly media_version: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Namespaces. */
  readonly seen_by: readonly string[];
}

/** One plugin with one version and one set of options is a viewer; with others it looks at the pictures again. */
const VIEWERS =
  'SELECT unnest($2::VARCHAR[]) AS namespace, unnest($3::VARCHAR[]) AS version, unnest($4::VARCHAR[]) AS config_hash';

const PICTURES = `FROM (
  SELECT i.*, coalesce((SELECT list(p.namespace) FROM _datavis.plugin_images p JOIN (${VIEWERS}) v
      USING (namespace, version, config_hash)
      WHERE p.image_key = i.image_key AND p.media_version IS NOT DISTINCT FROM i.media_version), []) AS seen_by
  FROM images i JOIN datasets d USING (dataset_key)
  WHERE d.name = $1 AND i.media_state = 'found' AND i.media_uri IS NOT NULL) WHERE len(seen_by) < len($2::VARCHAR[])`;

function parameters(dataset: string, viewers: readonly LoadedPlugin[]): [string, string[], string[], string[]] {
  return [
    dataset,
    viewers.map(({ namespace }) => namespace),
    viewers.map(({ version }) => version),
    viewers.map(({ configHash }) => configHash),
  ];
}

/** How many pictures of a dataset some of these plugins have not seen. */
export async function countPictures(
  connection: SqlConnection,
  dataset: string,
  viewers: readonly LoadedPlugin[],
): Promise<number> {
  const [row] = await connection.all<{ n: bigint }>(
    `SELECT count(*) AS n ${PICTURES}`,
    parameters(dataset, viewers),
  );
  return Number(row?.n ?? 0);
}

/** The next of them after an image, in the order of their keys. */
export function nextPictures(
  connection: SqlConnection,
  dataset: string,
  viewers: readonly LoadedPlugin[],
  page: { readonly after: bigint; readonly limit: number },
): Promise<PictureRow[]> {
  return connection.all<PictureRow>(
    `SELECT image_key, source_key, id, id_text, file_name, media_uri, media_version, seen_by,
       coalesce(stored_width, width) AS width, coalesce(stored_height, height) AS height
     ${PICTURES} AND image_key > $5 ORDER BY image_key LIMIT $6`,
    [...parameters(dataset, viewers), page.after, page.limit],
  );
}
