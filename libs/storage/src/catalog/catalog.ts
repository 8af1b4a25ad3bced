import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import type { ExpectedCategory } from './category-intake.js';
import type { MeasureMask } from './derive-shapes.js';
import { lookUpSources, noteSources, type SourceLookup, type UnchangedSource } from './known-sources.js';
import { migrate } from './migrations.js';
import {
  demoteField,
  promoteError,
  promoteField,
  type PromotedField,
  type PromoteRequest,
  type PromoteResult,
} from './promoted-fields.js';
import { startSource } from './runs.js';
import { storeGroup, type ReadSource, type StoredSource } from './source-group.js';
import { SourceWriter } from './source-writer.js';
import type { BeginsWith, SourceSpec, SourceStart } from './source-spec.js';

/** The write side of a catalog. There is one writer: imports of one catalog run one after the other. */
export class Catalog {
  readonly database: SqlDatabase;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(database: SqlDatabase) {
    this.database = database;
  }

  /** Brings the database to the present schema. The database stays the caller's to close. */
  static async open(database: SqlDatabase): Promise<Catalog> {
    const connection = await database.connect();
    try {
      await migrate(connection);
    } finally {
      await connection.close();
    }
    return new Catalog(database);
  }

  /**
   * Runs `work` when all earlier writes are over, and DuckDB without threads of its own meanwhile: a bulk load feeds it
   * from outside, and they would spin while they wait (15.7 s of CPU instead of 10.2 s for 860,000 annotations).
   */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.inTurn(() => this.#withoutHelpers(work));
  }

  /** Runs `work` when all earlier writes are over, and holds later ones back; holds no connection itself. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** What is known of a source. Writes nothing. */
  async startSource(spec: SourceSpec, startedAt: Date, beginsWith: BeginsWith): Promise<SourceStart> {
    return this.#connected((connection) => startSource(connection, spec, startedAt, beginsWith));
  }

  /**
   * A writer for a source, on connections of its own; call it inside of {@link exclusive}. `expected`: the categories
   * that the source is thought to list; a wrong guess costs time and nothing else.
   */
  async writer(
    spec: SourceSpec,
    start: Exclude<SourceStart, { state: 'unchanged' }>,
    expected: readonly ExpectedCategory[] = [],
  ): Promise<SourceWriter> {
    return new SourceWriter(await this.database.connect(), this.database, { spec, start, expected });
  }

  /**
   * Stores small sources of one dataset, which were read as a whole and are new, in one commit; call it inside of
   * {@link exclusive}. The tables are the same as if each had been written by {@link writer}.
   */
  async storeGroup(
    sources: readonly [ReadSource, ...ReadSource[]],
    measureMask?: MeasureMask,
  ): Promise<StoredSource[]> {
    return this.#connected((connection) => storeGroup(connection, sources, measureMask));
  }

  /** What is known of sources of a dataset. Writes nothing. */
  async lookUpSources(dataset: string, uris: readonly string[]): Promise<SourceLookup> {
    return this.#connected((connection) => lookUpSources(connection, dataset, uris));
  }

  /** Notes versions of unchanged sources, and where their pictures are now looked up. Writes nothing that is known. */
  async noteSources(sources: readonly UnchangedSource[]): Promise<void> {
    return this.#connected((connection) => noteSources(connection, sources));
  }

  /**
   * Makes a key of `extra` a typed column of `images` or `annotations`, for all datasets of the catalog: filters and
   * orders take it as `extra.NAME`, SQL as `x_NAME`. Later imports fill it. `extra` keeps the key, so that exports and
   * {@link demoteField} lose nothing. All in one transaction.
   *
   * @throws `DATAVIS_CATALOG_PROMOTE_NOTHING` (no record has the key), `DATAVIS_CATALOG_PROMOTE_MIXED` (values of
   * several kinds, or lists and objects, and no `type` given), `DATAVIS_CATALOG_PROMOTE_NAME` (taken, or no name for a
   * column), `DATAVIS_CATALOG_PROMOTE_UNSUPPORTED` (a driver without JSON functions).
   */
  async promoteField(request: PromoteRequest): Promise<PromoteResult> {
    if (!this.database.capabilities.json) {
      throw promoteError(
        'DATAVIS_CATALOG_PROMOTE_UNSUPPORTED',
        'This SQL driver has no JSON functions',
        'Promote the field with the native driver: the column stays.',
      );
    }
    return this.#write((connection) => promoteField(connection, request));
  }

  /** Takes a promoted column away. False where the field is not promoted. */
  async demoteField(field: Pick<PromotedField, 'table' | 'field'>): Promise<boolean> {
    return this.#write((connection) => demoteField(connection, field));
  }

  /** A short write of its own, behind the imports that are under way. */
  #write<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    return this.inTurn(() => this.#connected((connection) => connection.transaction(() => work(connection))));
  }

  async #connected<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const connection = await this.database.connect();
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  /**
   * Each connection works on the thread that calls it. DuckDB believes that there are two, since with one it leaves the
   * compression of rows that are inserted to the COMMIT. Where it has one by itself (one core, or WebAssembly without
   * threads, which refuses any other number), it stays so.
   */
  #withoutHelpers<T>(work: () => Promise<T>): Promise<T> {
    return this.#connected(async (connection) => {
      const [row] = await connection.all<{ threads: bigint; external: bigint }>(
        `SELECT current_setting('threads')::BIGINT AS threads, current_setting('external_threads')::BIGINT AS external`,
      );
      if (row === undefined || row.threads === 1n) return await work();
      await connection.run('SET threads = 2; SET external_threads = 2');
      try {
        return await work();
      } finally {
        await connection.run(`SET external_threads = ${row.external}; SET threads = ${row.threads}`);
      }
    });
  }
}
