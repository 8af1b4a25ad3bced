import { DataVisError, type DataVisErrorOptions } from '@datavis/plugin-sdk';

/** What a SQL driver can answer with. Each code is explained in docs/errors.md. */
export type SqlErrorCode =
  | 'DATAVIS_STORAGE_SQL'
  | 'DATAVIS_STORAGE_NO_TRANSACTION'
  | 'DATAVIS_STORAGE_NESTED_TRANSACTION'
  | 'DATAVIS_STORAGE_COMMIT_LOST'
  | 'DATAVIS_STORAGE_APPEND_LOST'
  | 'DATAVIS_STORAGE_WASM_IN_USE'
  | 'DATAVIS_STORAGE_CLOSED'
  | 'DATAVIS_STORAGE_BUSY'
  | 'DATAVIS_STORAGE_EXCHANGE'
  | 'DATAVIS_CATALOG_LOCKED'
  | 'DATAVIS_CATALOG_OPEN';

export function sqlError(
  code: SqlErrorCode,
  message: string,
  options?: DataVisErrorOptions,
): DataVisError<SqlErrorCode> {
  return new DataVisError(code, message, options);
}

/** The statement, short enough for a message. Bound values are never part of it: they may be private. */
export function shortSql(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
