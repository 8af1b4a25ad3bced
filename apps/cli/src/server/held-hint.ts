import { DataVisError, isDataVisError } from '@datavis/plugin-sdk';

/** For a database that a server holds: how to go through that server. Other errors stay as they are. */
export async function withServerHint(error: unknown): Promise<unknown> {
  if (!isDataVisError(error, 'DATAVIS_CATALOG_LOCKED') || error.place?.uri === undefined) return error;
  const { databaseHolder } = await import('@datavis/storage/duckdb-node');
  const holder = databaseHolder(error.place.uri);
  if (holder?.url === undefined) return error;
  const { code, message, place, cause } = error;
  return new DataVisError(code, message, {
    cause,
    place,
    hint: `Ask the server instead: add --server ${holder.url} (most commands take it), or end process ${holder.pid}.`,
  });
}
