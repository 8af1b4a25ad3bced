import { isDataVisError, type DataVisError } from '@datavis/plugin-sdk';
import { shortSql, sqlError } from '../duckdb-node/errors.js';

/** An error of the engine, with the statement and without its values. */
export function engineError(cause: unknown, sql: string): DataVisError {
  if (isDataVisError(cause)) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return sqlError('DATAVIS_STORAGE_SQL', `${message.trim()} (in: ${shortSql(sql)})`, { cause });
}

export function closedError(): DataVisError {
  return sqlError('DATAVIS_STORAGE_CLOSED', 'The database is closed');
}

export function noTransaction(table: string): DataVisError {
  return sqlError('DATAVIS_STORAGE_NO_TRANSACTION', `Append to ${table} outside of a transaction`, {
    hint: 'Call append inside of connection.transaction().',
  });
}

export function nestedTransaction(): DataVisError {
  return sqlError('DATAVIS_STORAGE_NESTED_TRANSACTION', 'A transaction is open on this connection', {
    hint: 'DuckDB has no savepoints: pass the connection on instead of opening another transaction.',
  });
}

/** After a failed statement DuckDB answers COMMIT as if it had stored something. It has not. */
export function commitLost(cause?: unknown): DataVisError {
  return sqlError(
    'DATAVIS_STORAGE_COMMIT_LOST',
    'Nothing was stored: a statement of the transaction failed and its error was not passed on',
    { cause },
  );
}

export function appendLost(table: string, appended: number, stored: number): DataVisError {
  const message = `${appended} rows were appended to ${table}, ${stored} arrived: rolled back`;
  return sqlError('DATAVIS_STORAGE_APPEND_LOST', message);
}

export function wasmInUse(): DataVisError {
  return sqlError('DATAVIS_STORAGE_WASM_IN_USE', 'duckdb-wasm holds one database at a time', {
    hint: 'Close the other database first, or open this one in a worker thread.',
  });
}
