import type { CallOptions, SqlConnection, SqlRow } from '@datavis/plugin-sdk';

/** Rows held in memory at a time. */
export const PAGE_ROWS = 2_000;

/** The rows of a temporary table by `image_key`, which is unique in it: page by page, so that memory does not grow with it. */
export async function* pagesByImage<R extends SqlRow & { readonly image_key: bigint }>(
  connection: SqlConnection,
  table: string,
  { signal }: CallOptions,
): AsyncGenerator<R[]> {
  for (let after = -1n; ;) {
    const rows = await connection.all<R>(
      `SELECT * FROM ${table} WHERE image_key > ? ORDER BY image_key LIMIT ${PAGE_ROWS}`,
      [after],
      { signal },
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    after = last.image_key;
  }
}
