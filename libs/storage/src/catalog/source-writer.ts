import type { CocoBatch, CocoCursor, Finding, Int64Column, SqlConnection, Utf8Column } from '@datavis/plugin-sdk';
import { DataVisError } from '@datavis/plugin-sdk';
import type { MeasureMask } from './derive-shapes.js';
import { storeFindings } from './findings.js';
import { replaceSource, type Difference } from './difference.js';
import { assertStored } from './account.js';
import { linkSource, type LinkReport } from './link.js';
import { fillPromoted } from './promoted-fields.js';
import { nextKey, storeRun, storeVersion } from './runs.js';
import { removeSource } from './remove-source.js';
import type { RunState, SourceSpec, SourceStart } from './source-spec.js';

type ChangingSource = Exclude<SourceStart, { readonly state: 'unchanged' }>;

const TARGETS = {
  images: 'incoming_images',
  categories: 'incoming_categories',
  annotations: 'annotations',
  records: 'records',
} as const;

export interface FinishReport extends LinkReport {
  /** Against the earlier version of the source, where it replaced one. */
  readonly difference: Difference | undefined;
}

/** What one transaction of an import may do. */
export interface SourceTransaction {
  readonly connection: SqlConnection;
  /** Appends the rows of a batch; returns the annotation_key of the first one (of the next one, for other tables). */
  append(batch: CocoBatch): Promise<bigint>;
}

/** The same value in every row. */
function constant(value: bigint, rows: number): Int64Column {
  return { type: 'i64', values: new BigInt64Array(rows).fill(value) };
}

function dense(first: bigint, rows: number): Int64Column {
  const values = new BigInt64Array(rows);
  for (let row = 0; row < rows; row++) values[row] = first + BigInt(row);
  return { type: 'i64', values };
}

function constantText(text: string, rows: number): Utf8Column {
  const one = Buffer.from(text);
  const bytes = Buffer.alloc(one.length * rows);
  const offsets = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    one.copy(bytes, row * one.length);
    offsets[row + 1] = (row + 1) * one.length;
  }
  return { type: 'utf8', bytes, offsets };
}

/**
 * Writes one source into the catalog: rows and the cursor behind them in one transaction, so that what is stored and
 * where to go on never differ. Made by `Catalog.writer`.
 */
export class SourceWriter {
  readonly #connection: SqlConnection;
  readonly #spec: SourceSpec;
  readonly #run: RunState;
  readonly #replaces: bigint | undefined;
  readonly #stale: bigint | undefined;
  #stored: boolean;
  #nextAnnotationKey = 0n;

  constructor(connection: SqlConnection, spec: SourceSpec, { run, replaces, stale }: ChangingSource) {
    this.#connection = connection;
    this.#spec = spec;
    this.#run = run;
    this.#replaces = replaces;
    this.#stale = stale;
    this.#stored = run.stored;
  }

  get connection(): SqlConnection {
    return this.#connection;
  }

  async #begin(): Promise<void> {
    if (!this.#stored) {
      if (this.#stale !== undefined) await removeSource(this.#connection, this.#stale);
      await storeRun(this.#connection, this.#spec, this.#run);
    } else if (this.#nextAnnotationKey === 0n) {
      await storeVersion(this.#connection, this.#run.sourceKey, this.#spec);
    }
    if (this.#nextAnnotationKey === 0n) {
      this.#nextAnnotationKey = await nextKey(this.#connection, 'annotations', 'annotation_key');
    }
  }

  /**
   * One commit. `work` appends batches and returns the cursor behind the last one; it is stored with the rows. If it
   * throws, nothing of this commit is kept.
   */
  async commit(work: (transaction: SourceTransaction) => Promise<CocoCursor>): Promise<void> {
    const firstKey = this.#nextAnnotationKey;
    try {
      const commits = await this.#connection.transaction(async () => {
        await this.#begin();
        const transaction = { connection: this.#connection, append: (batch: CocoBatch) => this.#append(batch) };
        return this.#storeCursor(await work(transaction));
      });
      this.#stored = true;
      await this.#assertCommitted(commits);
    } catch (error) {
      this.#nextAnnotationKey = firstKey;
      throw error;
    }
  }

  async #append(batch: CocoBatch): Promise<bigint> {
    const { length } = batch;
    const firstKey = this.#nextAnnotationKey;
    await storeFindings(this.#connection, this.#run, batch.findings);
    if (length === 0) return firstKey;
    const { index, ...rest } = batch.columns;
    const columns = { ...rest, idx: index, source_key: constant(this.#run.sourceKey, length) };
    if (batch.table === 'annotations') {
      this.#nextAnnotationKey += BigInt(length);
      const keys = { annotation_key: dense(firstKey, length), dataset_key: constant(this.#run.datasetKey, length) };
      await this.#connection.append(TARGETS.annotations, { ...columns, ...keys }, length);
    } else if (batch.table === 'records') {
      await this.#connection.append(
        TARGETS.records,
        { ...columns, section: constantText(batch.section, length) },
        length,
      );
    } else {
      await this.#connection.append(TARGETS[batch.table], columns, length);
    }
    return firstKey;
  }

  async #storeCursor(cursor: CocoCursor): Promise<number> {
    const sum = (of: 'read' | 'imported' | 'refused'): number =>
      cursor.sections.reduce((total, section) => total + section[of], 0);
    await this.#connection.run(
      `UPDATE ingest_runs SET state = 'running', cursor = ?, commits = commits + 1, read_rows = ?, imported_rows = ?,
         refused_rows = ?, updated_at = now()::TIMESTAMP WHERE run_key = ?`,
      [JSON.stringify(cursor), sum('read'), sum('imported'), sum('refused'), this.#run.runKey],
    );
    return this.#commitsStored();
  }

  async #commitsStored(): Promise<number> {
    const [row] = await this.#connection.all<{ commits: bigint }>(
      'SELECT commits FROM ingest_runs WHERE run_key = ?',
      [this.#run.runKey],
    );
    return Number(row?.commits ?? 0);
  }

  /** A COMMIT that returned normally is believed only when its row is read back. */
  async #assertCommitted(commits: number): Promise<void> {
    if ((await this.#commitsStored()) === commits) return;
    throw new DataVisError(
      'DATAVIS_CATALOG_COMMIT_LOST',
      'The database acknowledged a commit and did not store it',
      {
        hint: 'Import again: it goes on from the last commit that was stored.',
      },
    );
  }

  /**
   * The source was read to its end: joins its rows to the dataset, checks them, and declares the source done, all in one
   * commit. `inTransaction` runs once images and categories have their keys.
   */
  async finish(
    cursor: CocoCursor,
    options: {
      readonly elapsedMs: number;
      /** Findings that no batch carried. */
      readonly findings: readonly Finding[];
      readonly inTransaction?: () => Promise<void>;
      /** Default: annotations that have a mask and no area get that of their box. */
      readonly measureMask?: MeasureMask;
      /** Of the whole source, for later imports to tell whether a touched file is the same; see SourceSpec. */
      readonly checksum?: Promise<string | null>;
    },
  ): Promise<FinishReport> {
    const connection = this.#connection;
    return connection.transaction(async () => {
      await this.#begin();
      await storeFindings(connection, this.#run, options.findings);
      const report = await linkSource(connection, this.#run, cursor, options.measureMask);
      await options.inTransaction?.();
      await this.#connection.run('UPDATE sources SET checksum = ? WHERE source_key = ?', [
        (await options.checksum) ?? null,
        this.#run.sourceKey,
      ]);
      await assertStored(connection, this.#run.sourceKey, cursor);
      const after = this.#run.sourceKey;
      const difference =
        this.#replaces === undefined
          ? undefined
          : await replaceSource(connection, { before: this.#replaces, after });
      // Images that other sources list too may now say what this version of the file says of them.
      if (this.#replaces !== undefined) await fillPromoted(connection, this.#replaces);
      await connection.run(
        `UPDATE ingest_runs SET state = 'done', cursor = ?, report = ?, elapsed_ms = ?, ended_at = now()::TIMESTAMP,
           updated_at = now()::TIMESTAMP, error = NULL WHERE run_key = ?`,
        [
          JSON.stringify(cursor),
          JSON.stringify({ ...report, ...(difference && { difference }) }),
          options.elapsedMs,
          this.#run.runKey,
        ],
      );
      return { ...report, difference };
    });
  }

  /**
   * The import ended early and can be gone on with: what was committed stays. `checksum`: of the bytes that were read,
   * so that a repaired file can be gone on with too.
   */
  async pause(error: string | null, checksum: string | null): Promise<void> {
    if (!this.#stored) return;
    await this.#connection.transaction(async () => {
      await this.#connection.run(
        `UPDATE ingest_runs SET state = 'paused', error = ?::VARCHAR, updated_at = now()::TIMESTAMP WHERE run_key = ?`,
        [error, this.#run.runKey],
      );
      await this.#connection.run('UPDATE sources SET checksum = ? WHERE source_key = ?', [
        checksum,
        this.#run.sourceKey,
      ]);
    });
  }

  /** The source cannot be imported: all of it leaves the catalog, as if it had never been named. */
  async discard(): Promise<void> {
    if (!this.#stored) return;
    await this.#connection.transaction(() => removeSource(this.#connection, this.#run.sourceKey));
  }
}
