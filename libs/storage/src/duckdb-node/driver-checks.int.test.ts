import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { sqlDriverChecks } from '../conformance/sql/index.js';
import { openDuckDb } from './duckdb-node.js';

const checks = sqlDriverChecks({
  capabilities: { json: true, parquet: true, interrupt: true },
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'datavis-node-'));
    const path = join(folder, 'test.duckdb');
    let database = await openDuckDb(path);
    return {
      database,
      reopen: async () => {
        await database.close();
        return (database = await openDuckDb(path));
      },
      close: async () => {
        await database.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
});

describe('@duckdb/node-api does what a SQL driver must do', () => {
  for (const { name, skip, run } of checks) {
    test.skipIf(skip !== undefined)(skip === undefined ? name : `${name} (${skip})`, run, 60_000);
  }
});
