import { deepStrictEqual, rejects } from 'node:assert/strict';
import { count, rejectsWith, type SqlCheck } from './harness.js';

export const transactionChecks: Readonly<Record<string, SqlCheck>> = {
  'what is committed is seen by others, and not before': async (connection, { database }) => {
    const other = await database.connect();
    await connection.run('CREATE TABLE t (a INTEGER)');
    const result = await connection.transaction(async () => {
      await connection.run('INSERT INTO t VALUES (1)');
      deepStrictEqual(await count(other, 't'), 0);
      return 'done';
    });
    deepStrictEqual([result, await count(other, 't')], ['done', 1]);
    await other.close();
  },
  'a throw rolls back and passes through untouched': async (connection) => {
    await connection.run('CREATE TABLE t (a INTEGER)');
    const reason = new RangeError('no');
    const failing = connection.transaction(async () => {
      await connection.run('INSERT INTO t VALUES (1)');
      throw reason;
    });
    await rejects(failing, (error) => error === reason);
    deepStrictEqual(await count(connection, 't'), 0);
    await connection.transaction(() => connection.run('INSERT INTO t VALUES (2)'));
    deepStrictEqual(await count(connection, 't'), 1);
  },
  'a commit that stores nothing is an error: a failed statement inside, its error swallowed': async (
    connection,
  ) => {
    await connection.run('CREATE TABLE t (a INTEGER)');
    const swallowing = connection.transaction(async () => {
      await connection.run('INSERT INTO t VALUES (1)');
      await connection.run("SELECT error('stop')").catch(() => undefined);
    });
    await rejectsWith(swallowing, 'DATAVIS_STORAGE_COMMIT_LOST');
    deepStrictEqual(await count(connection, 't'), 0);
    await connection.transaction(() => connection.run('INSERT INTO t VALUES (2)'));
    deepStrictEqual(await count(connection, 't'), 1);
  },
  'a transaction inside of a transaction is refused': async (connection) => {
    await connection.run('CREATE TABLE t (a INTEGER)');
    const nested = connection.transaction(() => connection.transaction(() => Promise.resolve()));
    await rejectsWith(nested, 'DATAVIS_STORAGE_NESTED_TRANSACTION');
    await connection.transaction(() => connection.run('INSERT INTO t VALUES (2)'));
    deepStrictEqual(await count(connection, 't'), 1);
  },
};

export const reopenChecks: Readonly<Record<string, SqlCheck>> = {
  'a database keeps what was committed': async (connection, { reopen }) => {
    await connection.run('CREATE TABLE t (a BIGINT, p DOUBLE[][])');
    await connection.transaction(() => connection.run('INSERT INTO t VALUES (1, [[0.5], []]), (2, NULL)'));
    const again = await reopen?.();
    const other = await again?.connect();
    deepStrictEqual(await other?.all('FROM t ORDER BY a'), [
      { a: 1n, p: [[0.5], []] },
      { a: 2n, p: null },
    ]);
  },
};
