import type { CallOptions, PluginDb, SqlConnection, SqlDatabase, SqlRow, SqlValue } from '@datavis/plugin-sdk';
import { messageOf, PluginError } from './errors.js';
import { schemaOf, type LoadedPlugin } from './loaded-plugin.js';
import { assertReads, ownStatement } from './own-sql.js';
import { shown } from './shape.js';

/**
 * `ctx.db` of one plugin: connections of its own whose search path starts with its schema. A guard rail against
 * mistakes, not a wall: a plugin runs with the rights of the process.
 */
export class SchemaDb implements PluginDb {
  readonly schema: string;
  readonly #plugin: LoadedPlugin;
  readonly #database: SqlDatabase;

  constructor(plugin: LoadedPlugin, database: SqlDatabase) {
    this.#plugin = plugin;
    this.#database = database;
    this.schema = schemaOf(plugin);
  }

  async query<R extends SqlRow = SqlRow>(
    sql: string,
    params?: readonly SqlValue[],
    options?: CallOptions,
  ): Promise<R[]> {
    this.#allowed(sql, () => {
      assertReads(sql);
    });
    return this.#on((connection) => connection.all<R>(sql, params, options), sql);
  }

  async exec(sql: string, params?: readonly SqlValue[], options?: CallOptions): Promise<void> {
    const own = this.#allowed(sql, () => ownStatement(sql, this.schema));
    await this.#on((connection) => connection.run(own, params, options), sql);
  }

  #allowed<R>(sql: unknown, look: () => R): R {
    try {
      return look();
    } catch (error) {
      const { name } = this.#plugin;
      const text = typeof sql === 'string' ? sql.slice(0, 200) : shown(sql);
      const message = `${name}: ${messageOf(error)}: ${text}`;
      throw new PluginError('DATAVIS_PLUGIN_SQL', message, { plugin: name, cause: error });
    }
  }

  async #on<R>(work: (connection: SqlConnection) => Promise<R>, sql: string): Promise<R> {
    const connection = await this.#database.connect();
    try {
      await useSchema(connection, this.schema);
      return await work(connection);
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') throw error;
      const { name } = this.#plugin;
      throw new PluginError('DATAVIS_PLUGIN_SQL', `${name}: ${messageOf(error)} in: ${sql.slice(0, 200)}`, {
        plugin: name,
        cause: error,
      });
    } finally {
      await connection.close();
    }
  }
}

/** Unqualified names mean the plugin's schema first, then the core tables. */
export async function useSchema(connection: SqlConnection, schema: string): Promise<void> {
  await connection.run(`SET search_path = '${schema},main'`);
}
