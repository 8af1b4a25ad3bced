import type { CallOptions, PluginDb, SqlConnection, SqlDatabase, SqlRow, SqlValue } from '@datavis/plugin-sdk';
import { messageOf, PluginError } from './errors.js';
import { schemaOf, type LoadedPlugin } from './loaded-plugin.js';

/** The statement without comments and texts, so that words and semicolons inside them do not count. */
export function skeletonOf(sql: string): string {
  return sql
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$/g, (part) =>
      part.startsWith('-') || part.startsWith('/') ? ' ' : '""',
    )
    .trim()
    .replace(/;\s*$/, '');
}

const READ = /^(?:select|with|from|values|describe|summarize|explain)\b/i;
const WRITE = /^(?:insert|update|delete|create|alter|drop|with|truncate|merge)\b/i;
const FORBIDDEN =
  /\b(?:attach|detach|copy|export|import|install|load|pragma|set|reset|use|call|vacuum|checkpoint)\s/i;

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
    const skeleton = skeletonOf(sql);
    if (!READ.test(skeleton) || skeleton.includes(';') || FORBIDDEN.test(skeleton)) {
      throw this.#refused('query takes one SELECT', sql);
    }
    return this.#on((connection) => connection.all<R>(sql, params, options), sql);
  }

  async exec(sql: string, params?: readonly SqlValue[], options?: CallOptions): Promise<void> {
    const skeleton = skeletonOf(sql);
    // SET is a word of UPDATE … SET, so it is only refused at the start of a statement.
    const forbidden = FORBIDDEN.test(skeleton.replace(/\bset\s/gi, ''));
    if (!WRITE.test(skeleton) || skeleton.includes(';') || forbidden) {
      throw this.#refused('exec takes one statement that changes the own schema', sql);
    }
    await this.#on((connection) => connection.run(sql, params, options), sql);
  }

  #refused(message: string, sql: string): PluginError {
    const { name } = this.#plugin;
    return new PluginError('DATAVIS_PLUGIN_SQL', `${name}: ${message}: ${sql.slice(0, 200)}`, { plugin: name });
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
