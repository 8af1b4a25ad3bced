import { deepStrictEqual, rejects } from 'node:assert/strict';
import { isDataVisError } from '@datavis/plugin-sdk';
import type { SqlCapabilities, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';

/** An empty database under test. */
export interface SqlDatabaseUnderTest {
  readonly database: SqlDatabase;
  /** Closes the database and opens the same file again. Absent: nothing is checked about what a file keeps. */
  readonly reopen?: (() => Promise<SqlDatabase>) | undefined;
  /** Closes whatever is open, and removes the file. */
  close(): Promise<void>;
}

export interface SqlDriverHarness {
  create(): Promise<SqlDatabaseUnderTest>;
  /** What the driver can do, as its `capabilities` will say. */
  readonly capabilities: SqlCapabilities;
}

/** One requirement: give `name` and `run` to any test runner. */
export interface SqlDriverCheck {
  readonly name: string;
  /** Set where the driver lacks what the check needs: report it as skipped, with this reason. */
  readonly skip?: string | undefined;
  readonly run: () => Promise<void>;
}

export type SqlCheck = (connection: SqlConnection, subject: SqlDatabaseUnderTest) => Promise<void>;

/** Columns of a query's result, all batches put together as plain values. */
export async function columnsOf(connection: SqlConnection, sql: string): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for await (const { names, columns, length } of connection.batches(sql)) {
    for (const [at, name] of names.entries()) {
      const values = columns[at];
      deepStrictEqual(values?.length, length, name);
      (all[name] ??= []).push(...Array.from(values));
    }
  }
  return all;
}

export async function count(connection: SqlConnection, table: string): Promise<number> {
  const [row] = await connection.all<{ n: bigint }>(`SELECT count(*) AS n FROM ${table}`);
  return Number(row?.n);
}

/** Rejects with an error of ours, of this code where one is given. */
export async function rejectsWith(promise: Promise<unknown>, code?: string): Promise<void> {
  await rejects(promise, (error) => {
    if (!isDataVisError(error)) throw new Error(`not an error of ours: ${String(error)}`, { cause: error });
    deepStrictEqual(error.code, code ?? error.code);
    return true;
  });
}
