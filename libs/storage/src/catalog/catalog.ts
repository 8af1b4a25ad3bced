import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import type { ExpectedCategory } from './category-intake.js';
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
   * Runs `work` when all earlier writes are over, and DuckDB on one thread meanwhile: a bulk load feeds it from outside,
   * and its other threads would spin while they wait (15.7 s of CPU instead of 10.2 s for 860,000 annotations).
   */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.inTurn(() => this.#onOneThread(work));
  }

  /** Runs `work` when all earlier writes are over, and holds later ones back; holds no connection itself. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** What is known of a source. Writes nothing. */
  async startSource(spec: SourceSpec, startedAt: Date, beginsWith: BeginsWith): Promise<SourceStart> {
    const connection = await this.database.connect();
    try {
      return await startSource(connection, spec, startedAt, beginsWith);
    } finally {
      await connection.close();
    }
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
    const connect = (): Promise<SqlConnection> => this.database.connect();
    return new SourceWriter(await connect(), connect, { spec, start, expected });
  }

  /** Notes the version of an unchanged source, and where its pictures are now looked up. Writes nothing that is known. */
  async noteSource(sourceKey: bigint, { version, media, masksPrefix }: SourceSpec): Promise<void> {
    const connection = await this.database.connect();
    try {
      await connection.run('UPDATE sources SET version = $2 WHERE source_key = $1 AND version <> $2', [
        sourceKey,
        version,
      ]);
      if (media === null) return;
      const place = [media.root, JSON.stringify(media.prefixes), masksPrefix];
      await connection.run(
        `UPDATE sources SET media_root = $2, media_prefixes = $3, masks_prefix = $4 WHERE source_key = $1
         AND (media_root, media_prefixes, masks_prefix) IS DISTINCT FROM ($2::VARCHAR, $3::VARCHAR, $4::VARCHAR)`,
        [sourceKey, ...place],
      );
    } finally {
      await connection.close();
    }
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
    return this.inTurn(async () => {
      const connection = await this.database.connect();
      try {
        return await connection.transaction(() => work(connection));
      } finally {
        await connection.close();
      }
    });
  }

  async #onOneThread<T>(work: () => Promise<T>): Promise<T> {
    const connection = await this.database.connect();
    try {
      const [row] = await connection.all<{ threads: bigint }>(
        "SELECT current_setting('threads')::BIGINT AS threads",
      );
      await connection.run('SET threads = 1');
      try {
        return await work();
      } finally {
        await connection.run(`SET threads = ${row?.threads ?? 1n}`);
      }
    } finally {
      await connection.close();
    }
  }
}
