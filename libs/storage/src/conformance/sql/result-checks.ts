import { deepStrictEqual, ok, rejects } from 'node:assert/strict';
import { MAX_BATCH_ROWS } from '@datavis/plugin-sdk';
import { columnsOf, count, rejectsWith, type SqlCheck } from './harness.js';

const ROWS = 50_000;
const many = `SELECT range AS k, range * 0.5::DOUBLE AS d, CASE WHEN range % 3 = 0 THEN NULL ELSE range END AS holes,
  'row ' || range AS t, [range * 0.5, 1]::DOUBLE[] AS l FROM range(${ROWS})`;

export const resultChecks: Readonly<Record<string, SqlCheck>> = {
  'run runs several statements and returns the rows that the last one changed': async (connection) => {
    deepStrictEqual(await connection.run('CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3)'), 3);
    deepStrictEqual(await connection.run('UPDATE t SET a = a + ? WHERE a > ?', [1, 1]), 2);
    deepStrictEqual(await connection.run('DELETE FROM t WHERE a = 99'), 0);
    deepStrictEqual(await connection.run("INSERT INTO t VALUES (9); -- ; '\nDELETE FROM t;"), 4);
    deepStrictEqual(await count(connection, 't'), 0);
  },
  'a large result arrives in order, in batches of at most 2,048 rows': async (connection) => {
    let row = 0;
    for await (const { length, columns } of connection.batches(many)) {
      ok(length > 0 && length <= MAX_BATCH_ROWS, `${length} rows`);
      const [k, d, holes, t, l] = columns;
      ok(k instanceof BigInt64Array && d instanceof Float64Array, 'typed where numeric without nulls');
      for (let i = 0; i < length; i += 997) {
        const n = row + i;
        const hole = n % 3 === 0 ? null : BigInt(n);
        deepStrictEqual([k[i], d[i], holes?.[i], t?.[i], l?.[i]], [BigInt(n), n / 2, hole, `row ${n}`, [n / 2, 1]]);
      }
      row += length;
    }
    deepStrictEqual(row, ROWS);
  },
  'an empty result has no rows': async (connection) => {
    deepStrictEqual(await connection.all('SELECT 1 AS a WHERE false'), []);
    deepStrictEqual((await columnsOf(connection, 'SELECT 1 AS a WHERE false'))['a'] ?? [], []);
  },
  'bound values reach a streamed result': async (connection) => {
    const seen: unknown[] = [];
    const sql = 'SELECT range AS k FROM range(10) WHERE range >= ?';
    for await (const batch of connection.batches(sql, [8n])) seen.push(...Array.from(batch.columns[0] ?? []));
    deepStrictEqual(seen, [8n, 9n]);
  },
  'breaking out of a result leaves the connection usable': async (connection) => {
    for (let round = 0; round < 3; round += 1) {
      for await (const batch of connection.batches('SELECT range FROM range(100000000)')) {
        ok(batch.length > 0);
        break;
      }
      deepStrictEqual(await connection.all('SELECT 1::INTEGER AS one'), [{ one: 1 }]);
    }
  },
  'an error in a streamed result is ours': async (connection) => {
    await rejectsWith(columnsOf(connection, 'SELECT * FROM nowhere'), 'DATAVIS_STORAGE_SQL');
    const late = "SELECT CASE WHEN range = 40000 THEN error('late') END FROM range(50000)";
    await rejectsWith(columnsOf(connection, late), 'DATAVIS_STORAGE_SQL');
    deepStrictEqual(await connection.all('SELECT 1::INTEGER AS one'), [{ one: 1 }]);
  },
  'an aborted call rejects with the reason of the signal': async (connection) => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    const same = (error: unknown): boolean => error === reason;
    await rejects(connection.run('CREATE TABLE never (a INTEGER)', [], { signal }), same);
    await rejects(connection.all('SELECT 1', [], { signal }), same);
    await rejectsWith(connection.all('SELECT * FROM never'), 'DATAVIS_STORAGE_SQL');
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const batch of connection.batches('SELECT range FROM range(100000000)', [], controller)) {
        ok(batch.length > 0);
        controller.abort(reason);
      }
    };
    await rejects(read(), same);
    deepStrictEqual(await connection.all('SELECT 1::INTEGER AS one'), [{ one: 1 }]);
  },
  'two connections read at the same time': async (connection, { database }) => {
    const other = await database.connect();
    await connection.run('CREATE TABLE t AS SELECT range AS a FROM range(10000)');
    const both = await Promise.all([columnsOf(connection, 'FROM t'), columnsOf(other, 'FROM t')]);
    deepStrictEqual(both[0], both[1]);
    deepStrictEqual(both[0]['a']?.length, 10_000);
    await other.close();
  },
  'a function of an extension that is not there is an error at once, not a wait for the network': async (
    connection,
  ) => {
    await rejectsWith(connection.all('SELECT st_point(1, 2)'), 'DATAVIS_STORAGE_SQL');
    await rejectsWith(connection.all("SELECT * FROM 'https://127.0.0.1:1/x.parquet'"), 'DATAVIS_STORAGE_SQL');
  },
};

/** Needs `capabilities.interrupt`. */
export const interruptChecks: Readonly<Record<string, SqlCheck>> = {
  'a running statement is interrupted by its signal': async (connection) => {
    const controller = new AbortController();
    const long = connection.all(
      'SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b',
      [],
      controller,
    );
    setTimeout(() => {
      controller.abort(new Error('enough'));
    }, 50);
    await rejects(long, /enough/);
    deepStrictEqual(await connection.all('SELECT 1::INTEGER AS one'), [{ one: 1 }]);
  },
};
