import type { CallOptions, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { DataVisError } from '@datavis/plugin-sdk';
import { DIFF_TABLES, differingColumns, signaturesSql } from './signatures.js';
import type { DiffTable } from './signatures.js';

/** One of the two that are compared. They may lie in one database or in two. */
export interface DiffSide {
  readonly database: SqlDatabase;
  readonly dataset: string;
  /** Only this split. Default: all of the dataset. */
  readonly split?: string | undefined;
}

export interface DiffRequest {
  readonly before: DiffSide;
  readonly after: DiffSide;
  /** An empty database for the comparison: some 50 bytes a record, on disk where it is a file. */
  readonly scratch: SqlDatabase;
  /** Most examples of each table and kind. Default 20. */
  readonly examples?: number | undefined;
}

export interface DiffExample {
  readonly kind: 'added' | 'removed' | 'changed';
  /** Such as `train/000000000009.jpg`, or `object 12 on train/000000000009.jpg`. */
  readonly record: string;
  /** `changed` only: what differs. */
  readonly columns?: readonly string[];
}

export interface TableDiff {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly same: number;
  readonly examples: readonly DiffExample[];
}

export interface DiffResult {
  readonly equal: boolean;
  readonly tables: Readonly<Record<DiffTable, TableDiff>>;
  readonly elapsedMs: number;
}

export interface DiffOptions extends CallOptions {
  /** Records read so far, of both sides. */
  readonly onProgress?: ((records: number) => void) | undefined;
}

/**
 * Compares what two datasets say. Pictures are found again by split and file name, categories by name, annotations by
 * picture and id; where several records have one identity, the nth is compared with the nth. Every column of a record
 * counts, ids and unknown keys too. Memory does not grow with the datasets where the scratch database is a file.
 *
 * @throws `DATAVIS_CATALOG_NOT_FOUND`
 */
export async function diffDatasets(
  { before, after, scratch, examples = 20 }: DiffRequest,
  { signal, onProgress }: DiffOptions = {},
): Promise<DiffResult> {
  const started = performance.now();
  const [old, now, work] = [
    await before.database.connect(),
    await after.database.connect(),
    await scratch.connect(),
  ];
  try {
    let records = 0;
    const count = (rows: number): void => {
      records += rows;
      onProgress?.(records);
    };
    await gather(old, before, work, 'before', { signal }, count);
    await gather(now, after, work, 'after', { signal }, count);
    await work.run(PAIRS);
    const tables = {} as Record<DiffTable, TableDiff>;
    for (const table of DIFF_TABLES) tables[table] = await tableDiff(table, work, { old, now }, examples);
    const equal = Object.values(tables).every(({ added, removed, changed }) => added + removed + changed === 0);
    return { equal, tables, elapsedMs: performance.now() - started };
  } finally {
    for (const connection of [old, now, work]) await connection.close();
  }
}

/** Copies the signatures of one side into the scratch database. */
async function gather(
  from: SqlConnection,
  { dataset, split }: DiffSide,
  work: SqlConnection,
  side: 'before' | 'after',
  call: CallOptions,
  count: (rows: number) => void,
): Promise<void> {
  const found = await from.all('SELECT 1 FROM datasets WHERE name = ?', [dataset]);
  if (found.length === 0) {
    throw new DataVisError('DATAVIS_CATALOG_NOT_FOUND', `There is no dataset ${JSON.stringify(dataset)}`);
  }
  await work.run(`CREATE TABLE ${side} ("table" VARCHAR, identity VARCHAR, said VARCHAR, key BIGINT)`);
  for (const table of DIFF_TABLES) {
    const bySplit = split === undefined || table === 'categories' ? [] : [split];
    for await (const batch of from.batches(signaturesSql(table, split), [dataset, ...bySplit], call)) {
      const [identity, said, key] = batch.columns.map((column) => Array.from(column).slice(0, batch.length));
      await work.run(
        `INSERT INTO ${side} SELECT ?, unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::BIGINT[])`,
        [table, identity as string[], said as string[], key as bigint[]],
        call,
      );
      count(batch.length);
    }
  }
}

const numbered = (side: string): string =>
  `SELECT *, row_number() OVER (PARTITION BY "table", identity ORDER BY key) AS nth FROM ${side}`;

const PAIRS = `CREATE TABLE pairs AS
  SELECT coalesce(b."table", a."table") AS "table", coalesce(b.identity, a.identity) AS identity, b.key AS old_key, a.key AS new_key,
    CASE WHEN b.key IS NULL THEN 'added' WHEN a.key IS NULL THEN 'removed' WHEN a.said <> b.said THEN 'changed' ELSE 'same' END AS kind
  FROM (${numbered('before')}) b FULL JOIN (${numbered('after')}) a
    ON a."table" = b."table" AND a.identity = b.identity AND a.nth = b.nth`;

async function tableDiff(
  table: DiffTable,
  work: SqlConnection,
  { old, now }: { readonly old: SqlConnection; readonly now: SqlConnection },
  examples: number,
): Promise<TableDiff> {
  const counts = { added: 0, removed: 0, changed: 0, same: 0 };
  const rows = await work.all<{ kind: keyof typeof counts; n: bigint }>(
    'SELECT kind, count(*) AS n FROM pairs WHERE "table" = ? GROUP BY kind',
    [table],
  );
  for (const { kind, n } of rows) counts[kind] = Number(n);
  const shown = await work.all<{
    kind: DiffExample['kind'];
    identity: string;
    old_key: bigint | null;
    new_key: bigint | null;
  }>(
    `SELECT kind, identity, old_key, new_key FROM pairs WHERE "table" = ? AND kind <> 'same'
     QUALIFY row_number() OVER (PARTITION BY kind ORDER BY coalesce(old_key, new_key)) <= ?
     ORDER BY kind, coalesce(old_key, new_key)`,
    [table, examples],
  );
  const list: DiffExample[] = [];
  for (const { kind, identity: record, old_key: oldKey, new_key: newKey } of shown) {
    if (kind !== 'changed' || oldKey === null || newKey === null) list.push({ kind, record });
    else {
      const sides = [
        { connection: old, key: oldKey },
        { connection: now, key: newKey },
      ] as const;
      list.push({ kind, record, columns: await differingColumns(table, ...sides) });
    }
  }
  return { ...counts, examples: list };
}
