import type { CocoBatch, CocoCursor, Column, Finding, SqlConnection, TableBatch } from '@datavis/plugin-sdk';
import { DataVisError } from '@datavis/plugin-sdk';
import type { MeasureMask } from './derive-shapes.js';
import { storeFindings } from './findings.js';
import { CategoryIntake, type ExpectedCategory } from './category-intake.js';
import { ImageIntake } from './image-intake.js';
import { SeenIds } from './seen-ids.js';
import { replaceSource, type Difference } from './difference.js';
import { assertStored } from './account.js';
import { linkSource, type LinkReport } from './link.js';
import { fillPromoted } from './promoted-fields.js';
import { constant, constantText, dense } from './row-columns.js';
import { nextKey, storeRun, storeVersion } from './runs.js';
import { removeSource } from './remove-source.js';
import type { RunState, SourceSpec, SourceStart } from './source-spec.js';

/** What is known of a source while it is read. */
interface Intake {
  readonly images: ImageIntake;
  readonly categories: CategoryIntake;
  /** Undefined where an earlier attempt stored rows that were not seen here. */
  readonly ids: SeenIds | undefined;
}

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
  readonly #keys: Readonly<Record<'source_key' | 'dataset_key', Column>>;
  #stored: boolean;
  readonly #expected: readonly ExpectedCategory[];
  #intake: Intake | undefined;
  #nextAnnotationKey = 0n;
  /** Noticed in rows of the open transaction. */
  #findings: Finding[] = [];

  constructor(
    connection: SqlConnection,
    spec: SourceSpec,
    { run, replaces, stale }: ChangingSource,
    expected: readonly ExpectedCategory[],
  ) {
    this.#connection = connection;
    this.#spec = spec;
    this.#run = run;
    this.#replaces = replaces;
    this.#stale = stale;
    this.#stored = run.stored;
    this.#expected = expected;
    this.#keys = { source_key: constant(run.sourceKey), dataset_key: constant(run.datasetKey) };
  }

  get connection(): SqlConnection {
    return this.#connection;
  }

  async #begin(): Promise<Intake> {
    if (this.#intake !== undefined) return this.#intake;
    if (this.#stored) await storeVersion(this.#connection, this.#run.sourceKey, this.#spec);
    else {
      if (this.#stale !== undefined) await removeSource(this.#connection, this.#stale);
      await storeRun(this.#connection, this.#spec, this.#run);
    }
    this.#nextAnnotationKey = await nextKey(this.#connection, 'annotations', 'annotation_key');
    const ids = this.#stored ? undefined : new SeenIds();
    this.#intake = {
      images: await ImageIntake.open(this.#connection, this.#run),
      categories: await CategoryIntake.open(this.#connection, this.#run, this.#expected),
      ids,
    };
    return this.#intake;
  }

  /**
   * One commit. `work` appends batches and returns the cursor behind the last one; it is stored with the rows. If it
   * throws, nothing of this commit is kept.
   */
  async commit(work: (transaction: SourceTransaction) => Promise<CocoCursor>): Promise<void> {
    const connection = this.#connection;
    try {
      const commits = await connection.transaction(async () => {
        const intake = await this.#begin();
        return this.#storeCursor(
          await work({ connection, append: (batch, onCopied) => this.#append(intake, batch, onCopied) }),
        );
      });
      this.#stored = true;
      await this.#assertCommitted(commits);
    } catch (error) {
      // Keys given in this transaction are free again.
      this.#intake = undefined;
      this.#findings = [];
      throw error;
    }
  }

  async #append(intake: Intake, batch: CocoBatch, onCopied?: () => void): Promise<bigint> {
    const { length } = batch;
    const firstKey = this.#nextAnnotationKey;
    this.#findings.push(...batch.findings);
    if (length === 0) return firstKey;
    if (batch.table === 'images') await intake.images.append(batch, onCopied);
    else if (batch.table === 'annotations') await this.#appendAnnotations(intake, batch, onCopied);
    else if (batch.table === 'categories') await intake.categories.append(batch, onCopied);
    else {
      const { source_key } = this.#keys;
      const { index, ...rest } = batch.columns;
      const columns = { ...rest, idx: index, source_key };
      const section = constantText(batch.section, length);
      await this.#connection.append('records', { ...columns, section }, length, onCopied);
    }
    return firstKey;
  }

  async #appendAnnotations(
    { images, categories, ids }: Intake,
    { columns, length }: TableBatch<'annotations'>,
    onCopied?: () => void,
  ): Promise<void> {
    const { index, ...rest } = columns;
    const annotation_key = dense(this.#nextAnnotationKey, length);
    const image_key = images.resolve(columns.image_id, length);
    const category_key = await categories.resolve(columns.category_id, length);
    ids?.addAll(columns.id, length);
    this.#nextAnnotationKey += BigInt(length);
    await this.#connection.append(
      'annotations',
      {
        ...rest,
        ...this.#keys,
        idx: index,
        annotation_key,
        ...(image_key && { image_key }),
        ...(category_key && { category_key }),
      },
      length,
      onCopied,
    );
  }

  async #storeCursor(cursor: CocoCursor): Promise<number> {
    const sum = (of: 'read' | 'imported' | 'refused'): number =>
      cursor.sections.reduce((total, section) => total + section[of], 0);
    await storeFindings(this.#connection, this.#run, this.#findings.splice(0));
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
      const { ids } = await this.#begin();
      await storeFindings(connection, this.#run, options.findings);
      const report = await linkSource(connection, this.#run, cursor, {
        measureMask: options.measureMask,
        idsAreUnique: ids?.areUnique === true,
      });
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
