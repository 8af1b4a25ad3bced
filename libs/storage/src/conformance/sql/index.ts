import { deepStrictEqual } from 'node:assert/strict';
import { appendChecks } from './append-checks.js';
import type { SqlCheck, SqlDriverCheck, SqlDriverHarness } from './harness.js';
import { interruptChecks, resultChecks } from './result-checks.js';
import { reopenChecks, transactionChecks } from './transaction-checks.js';
import { valueChecks } from './value-checks.js';

export type { SqlDatabaseUnderTest, SqlDriverCheck, SqlDriverHarness } from './harness.js';

/**
 * All that a SQL driver must do, as a list of checks for any test runner. Checks of what the driver's capabilities leave
 * out are in the list too, with the reason in `skip`.
 */
export function sqlDriverChecks(harness: SqlDriverHarness): readonly SqlDriverCheck[] {
  const { capabilities } = harness;
  const needs = (has: boolean, what: string): string | undefined => (has ? undefined : `the driver has no ${what}`);
  return [
    ...checks(harness, 'values', valueChecks),
    ...checks(harness, 'results', resultChecks),
    ...checks(harness, 'interrupt', interruptChecks, needs(capabilities.interrupt, 'interrupt')),
    ...checks(harness, 'append', appendChecks),
    ...checks(harness, 'transactions', transactionChecks),
    ...checks(harness, 'file', reopenChecks),
    ...checks(harness, 'capabilities', {
      'capabilities are those that were promised': (_connection, { database }) => {
        deepStrictEqual(database.capabilities, capabilities);
        return Promise.resolve();
      },
    }),
    ...checks(
      harness,
      'json',
      {
        'JSON paths are read': async (connection) => {
          const rows = await connection.all(`SELECT json_extract_string('{"a": {"b": "x"}}', '$.a.b') AS v`);
          deepStrictEqual(rows, [{ v: 'x' }]);
        },
      },
      needs(capabilities.json, 'JSON functions'),
    ),
  ];
}

function checks(
  harness: SqlDriverHarness,
  group: string,
  list: Readonly<Record<string, SqlCheck>>,
  skip?: string,
): SqlDriverCheck[] {
  return Object.entries(list).map(([name, check]) => ({
    name: `${group}: ${name}`,
    skip,
    run: async () => {
      const subject = await harness.create();
      try {
        const connection = await subject.database.connect();
        await check(connection, subject);
        await connection.close();
      } finally {
        await subject.close();
      }
    },
  }));
}
