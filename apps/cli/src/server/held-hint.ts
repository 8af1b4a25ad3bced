import { DataVisError, isDataVisError } from '@datavis/plugin-sdk';

const itself = (): string => 'It needs the file itself';

/** Commands that a server cannot answer, and what to do instead. */
const NEED_THE_FILE: Readonly<Record<string, (url: string) => string>> = {
  query: (url) =>
    `SQL is not for servers: datavis snapshot --server ${url} --out copy.duckdb, then --db copy.duckdb`,
  thumbs: (url) => `It makes thumbnails itself, as they are asked for: ${url}/docs`,
  serve: (url) => `It is served already: ${url}`,
  diff: (url) => `Compare a copy: datavis snapshot --server ${url} --out copy.duckdb, then --db copy.duckdb`,
  optimise: itself,
  promote: itself,
  plugins: itself,
};

/** For a database that a server holds: how to go through that server. Other errors stay as they are. */
export async function withServerHint(error: unknown, command?: string): Promise<unknown> {
  if (!isDataVisError(error, 'DATAVIS_CATALOG_LOCKED') || error.place?.uri === undefined) return error;
  const { databaseHolder } = await import('@datavis/storage/duckdb-node');
  const holder = databaseHolder(error.place.uri);
  if (holder?.url === undefined) return error;
  const { code, message, place, cause } = error;
  const first =
    NEED_THE_FILE[command ?? '']?.(holder.url) ??
    `Ask the server instead: add --server ${holder.url} (most commands take it)`;
  return new DataVisError(code, message, { cause, place, hint: `${first}; or end process ${holder.pid}.` });
}
