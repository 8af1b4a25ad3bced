import type { CocoBatch, CocoCursor, Finding, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { assertStored } from './account.js';
import type { ExpectedCategory } from './category-intake.js';
import { CommitLanes } from './commit-lanes.js';
import type { MeasureMask } from './derive-shapes.js';
import { replaceSource, type Difference } from './difference.js';
import { storeFindings } from './findings.js';
import { linkSources, type LinkReport } from './link.js';
import { fillPromoted } from './promoted-fields.js';
import { removeSource } from './remove-source.js';
import { commitLost, commitsOf, foldCommits, isCommitStored, isRunDone, storeCommit } from './run-commits.js';
import { SourceIntake } from './source-intake.js';
import type { SourceSpec, SourceStart } from './source-spec.js';
import { finishRuns, finishSources, storeRuns, storeVersion } from './store-runs.js';

/**
 * What is kept grows with the number of commits. To free it after every second one costs 6 % of an import's time: a long
 * import pays that, so that it takes no more memory than a short one, which waits until the process has grown.
 */
const LONG_COMMITS = 20;
/** A source of so many bytes is long, which is known before its first commit. */
const LONG_BYTES = 2 ** 30;
const MAX_GROWTH_BYTES = 200 << 20;

type ChangingSource = Exclude<SourceStart, { readonly state: 'unchanged' }>;

export interface FinishReport extends LinkReport {
  /** Against the earlier version of the source, where it replaced one. */
  readonly difference: Difference | undefined;
}

/** What one transaction of an import may do. */
export interface SourceTransaction {
  readonly connection: SqlConnection;
  /**
   * Appends the rows of a batch; returns the annotation_key of the first one (of the next one, for other tables).
   * `onCopied` tells that the arrays of the batch are not looked at any more.
   */
  append(batch: CocoBatch, onCopied?: () => void): Promise<bigint>;
}

export interface SourceToWrite {
  readonly spec: SourceSpec;
  readonly start: ChangingSource;
  readonly expected: readonly ExpectedCategory[];
}

/**
 * Writes one source into the catalog: rows and the cursor behind them in one transaction, so that what is stored and
 * where to go on never differ. Made by `Catalog.writer`.
 */
export class SourceWriter {
  /** Used for the first commit, and for all that comes when the rows are stored. */
  readonly connection: SqlConnection;
  readonly #database: Pick<SqlDatabase, 'freeMemory'>;
  readonly #lanes: CommitLanes;
  readonly #source: SourceToWrite;
  #isStored: boolean;
  #commits = 0;
  #intake: SourceIntake | undefined;

  constructor(
    connection: SqlConnection,
    database: Pick<SqlDatabase, 'connect' | 'freeMemory'>,
    source: SourceToWrite,
  ) {
    this.connection = connection;
    this.#database = database;
    this.#lanes = new CommitLanes(connection, () => database.connect());
    this.#source = source;
    this.#isStored = source.start.run.stored;
  }

  async #begin(connection: SqlConnection): Promise<SourceIntake> {
    if (this.#intake !== undefined) return this.#intake;
    const { spec, start, expected } = this.#source;
    const { run, stale } = start;
    if (this.#isStored) {
      await storeVersion(connection, { spec, run });
    } else {
      if (stale !== undefined) await removeSource(connection, stale);
      await storeRuns(connection, [{ spec, run }]);
    }
    this.#commits = await commitsOf(connection, run);
    this.#intake = await SourceIntake.open(connection, run, { expected, isNew: !this.#isStored });
    return this.#intake;
  }

  /**
   * One commit. `work` appends batches and returns the cursor behind the last one; it is stored with the rows. If it
   * throws, nothing of this commit is kept. Resolves when `work` is done and the commit under way: the rows of the next
   * one may come. Whether it was stored is said by the next call, or by {@link finish}.
   */
  async commit(work: (transaction: SourceTransaction) => Promise<CocoCursor>): Promise<void> {
    const { run } = this.#source.start;
    let number = 0;
    try {
      await this.#lanes.commit({
        fill: async (connection) => {
          const intake = await this.#begin(connection);
          number = ++this.#commits;
          const cursor = await work({
            connection,
            append: (batch, onCopied) => intake.append(connection, batch, onCopied),
          });
          return { cursor, findings: intake.takeFindings() };
        },
        seal: async (connection, { cursor, findings }) => {
          await storeFindings(connection, [{ run, findings }]);
          await storeCommit(connection, run, number, cursor);
        },
        check: async (connection) => {
          // A COMMIT that returned normally is believed only when its row is read back.
          if (!(await isCommitStored(connection, run, number))) throw commitLost();
          this.#isStored = true;
          await this.#freeMemory(number);
        },
      });
    } catch (error) {
      // Keys given in this transaction are free again.
      this.#intake = undefined;
      throw error;
    }
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
    const { connection } = this;
    const { run, replaces } = this.#source.start;
    await this.#lanes.settle();
    const freeMemory = async (): Promise<void> => {
      if (this.#isLong(this.#commits)) await this.#database.freeMemory?.();
    };
    await freeMemory();
    const finished = await connection.transaction(async () => {
      const { uniqueIds } = await this.#begin(connection);
      await foldCommits(connection, run);
      await storeFindings(connection, [{ run, findings: options.findings }]);
      const { measureMask } = options;
      const [{ report }] = await linkSources(connection, [{ run, cursor }] as const, {
        measureMask,
        uniqueIds,
        freeMemory,
      });
      await options.inTransaction?.();
      const checksum = (await options.checksum) ?? null;
      await finishSources(connection, [{ run, cursor, checksum }]);
      const { datasetKey, sourceKey } = run;
      const scope = { datasetKey, first: sourceKey, last: sourceKey };
      await assertStored(connection, scope, new Map([[sourceKey, cursor]]));
      const difference =
        replaces === undefined
          ? undefined
          : await replaceSource(connection, { before: replaces, after: run.sourceKey });
      // Images that other sources list too may now say what this version of the file says of them.
      if (replaces !== undefined) await fillPromoted(connection, { first: replaces, last: replaces });
      const reported = { ...report, ...(difference && { difference }) };
      await finishRuns(connection, [{ run, cursor, checksum, elapsedMs: options.elapsedMs, report: reported }]);
      return { ...report, difference };
    });
    if (!(await isRunDone(connection, run))) throw commitLost();
    return finished;
  }

  /**
   * The import ended early and can be gone on with: what was committed stays. `checksum`: of the bytes that were read,
   * so that a repaired file can be gone on with too.
   */
  async pause(error: string | null, checksum: string | null): Promise<void> {
    await this.#lanes.idle();
    if (!this.#isStored) return;
    const { runKey } = this.#source.start.run;
    await this.connection.transaction(async () => {
      await foldCommits(this.connection, this.#source.start.run);
      await this.connection.run(
        // The end may be stored though to read it back failed.
        `UPDATE ingest_runs SET state = 'paused', error = ?::VARCHAR, updated_at = now()::TIMESTAMP
         WHERE run_key = ? AND state <> 'done'`,
        [error, runKey],
      );
      await this.#storeChecksum(checksum);
    });
  }

  /** The source cannot be imported: all of it leaves the catalog, as if it had never been named. */
  async discard(): Promise<void> {
    await this.#lanes.idle();
    if (!this.#isStored) return;
    await this.connection.transaction(() => removeSource(this.connection, this.#source.start.run.sourceKey));
  }

  /** Waits for commits that are under way. */
  async close(): Promise<void> {
    await this.#lanes.close();
  }

  async #freeMemory(commits: number): Promise<void> {
    await this.#database.freeMemory?.(this.#isLong(commits) ? 0 : MAX_GROWTH_BYTES);
  }

  #isLong(commits: number): boolean {
    return commits > LONG_COMMITS || this.#source.spec.sizeBytes > LONG_BYTES;
  }

  async #storeChecksum(checksum: string | null): Promise<void> {
    const { sourceKey } = this.#source.start.run;
    await this.connection.run(`UPDATE sources SET checksum = ? WHERE source_key = ? AND state <> 'done'`, [
      checksum,
      sourceKey,
    ]);
  }
}
