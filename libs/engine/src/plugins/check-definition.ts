import type { ColumnInfo, FailurePolicy, PluginDefinition } from '@datavis/plugin-sdk';
import { rewritableNames } from './core-columns.js';
import { PluginError } from './errors.js';
import { suggestion } from './features.js';
import { columnsOf, PLUGIN_TABLES, type LoadedPlugin } from './loaded-plugin.js';
import { optional, text, type Fail } from './shape.js';
import { COLUMN_TYPES, KEY_OF } from './sql-names.js';

const COLUMN = /^[a-z_][a-z0-9_]{0,62}$/;
const MAX_VECTOR_WIDTH = 16_384;
const POLICIES: Readonly<Record<FailurePolicy, true>> = { abort: true, 'skip-batch': true, disable: true };

/** Columns that the host itself puts into a plugin's tables. */
const OWN_COLUMNS: readonly string[] = [...Object.values(KEY_OF), 'source_key', 'idx', 'media_version'];

/**
 * What the compiler says to authors who use it, said to all: a name that nothing knows would otherwise be passed over in
 * silence, and a wrong type come back as an error of the database.
 *
 * @throws PluginError `DATAVIS_PLUGIN_INVALID`
 */
export function checkDefinition(plugin: LoadedPlugin): void {
  const fail = (message: string, hint?: string): never => {
    throw new PluginError('DATAVIS_PLUGIN_INVALID', `${plugin.name}: ${message}`, {
      plugin: plugin.name,
      ...(hint !== undefined && { hint }),
    });
  };
  const { definition, policy } = plugin;
  if (!Object.hasOwn(POLICIES, policy)) {
    fail(`"${policy}" is no policy for onFailure`, `There are: ${Object.keys(POLICIES).join(', ')}.`);
  }
  checkTables(definition, fail);
  for (const table of PLUGIN_TABLES) {
    for (const [column, info] of columnsOf(plugin, table)) checkColumn(column, info, fail);
    const known = rewritableNames(table);
    for (const column of definition.rewrites?.[table] ?? []) {
      if (!known.includes(column)) fail(`rewrites.${table} has "${column}"`, suggestion(column, known));
    }
  }
}

function checkTables(definition: PluginDefinition, fail: Fail): void {
  for (const key of ['columns', 'reads', 'rewrites'] as const) {
    const unknown = Object.keys(definition[key] ?? {}).find((table) => !PLUGIN_TABLES.some((one) => one === table));
    if (unknown !== undefined) fail(`${key} has a table "${unknown}"`, suggestion(unknown, PLUGIN_TABLES));
  }
}

function checkColumn(column: string, info: ColumnInfo, fail: Fail): void {
  if (!COLUMN.test(column)) fail(`"${column}" is no column name (lower case, digits, _)`);
  if (OWN_COLUMNS.includes(column)) fail(`column "${column}": the host has a column of this name beside yours`);
  const { type } = info as { readonly type?: unknown };
  if (typeof type !== 'string' || !COLUMN_TYPES.includes(type)) {
    fail(
      `column "${column}" has ${type === undefined ? 'no type' : `the type ${JSON.stringify(type)}`}`,
      TYPES_HINT,
    );
  }
  optional(text)(info.unit, `unit of column "${column}"`, fail);
  optional(text)(info.description, `description of column "${column}"`, fail);
  if (info.type !== 'f32[n]') return;
  const { width } = info;
  if (!Number.isInteger(width) || width < 1 || width > MAX_VECTOR_WIDTH) {
    fail(`column "${column}": width must be 1 to ${MAX_VECTOR_WIDTH}`);
  }
}

const TYPES_HINT = `There are: ${COLUMN_TYPES.join(', ')}.`;
