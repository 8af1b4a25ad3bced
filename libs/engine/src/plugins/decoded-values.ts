import type { Column, ColumnInfo, SqlConnection } from '@datavis/plugin-sdk';
import { PluginError } from './errors.js';
import { columnsOf, schemaOf, type LoadedPlugin } from './loaded-plugin.js';
import { encodeTexts } from './encode-values.js';
import { makeCarrier, OutputMismatch, type Carrier } from './output-carriers.js';
import { encodeColumn } from './output-columns.js';
import type { DecodedValues } from './show-image.js';
import { quoted, sqlTypeOf } from './sql-names.js';

/** One image's values, waiting to be stored. */
export interface DecodedRow {
  readonly imageKey: bigint;
  readonly sourceKey: bigint;
  /** Version of the picture's file that was shown. */
  readonly mediaVersion: string | null;
  readonly values: DecodedValues;
}

function refuse(plugin: LoadedPlugin, message: string): never {
  throw new PluginError('DATAVIS_PLUGIN_OUTPUT', `${plugin.name}.onImageDecoded: ${message}`, {
    plugin: plugin.name,
    hook: 'onImageDecoded',
  });
}

function put(
  plugin: LoadedPlugin,
  info: ColumnInfo,
  carrier: Carrier,
  row: number,
  name: string,
  value: unknown,
): void {
  const slots = carrier as unknown[];
  const bad = (): never => refuse(plugin, `column "${name}" is ${info.type} and takes no ${typeof value}`);
  switch (info.type) {
    case 'i64':
      if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) bad();
      slots[row] = BigInt(value as bigint | number);
      return;
    case 'bool':
      if (typeof value !== 'boolean') bad();
      slots[row] = value === true ? 1 : 0;
      return;
    case 'f32[n]': {
      const vector = value as ArrayLike<number>;
      if (!Array.isArray(value) && !ArrayBuffer.isView(value)) bad();
      if (vector.length !== info.width)
        refuse(plugin, `column "${name}" takes ${info.width} numbers, not ${vector.length}`);
      (carrier as Float32Array).set(vector, row * info.width);
      return;
    }
    case 'i32':
      if (typeof value !== 'number') bad();
      // A typed array would make another number of it.
      if (value !== ((value as number) | 0))
        refuse(plugin, `column "${name}" is i32 and takes no ${String(value)}`);
      slots[row] = value;
      return;
    case 'f32':
    case 'f64':
      if (typeof value !== 'number') bad();
      slots[row] = value;
      return;
    default:
      // Texts, JSON and lists are checked where they are encoded.
      slots[row] = value;
  }
}

function toColumn(plugin: LoadedPlugin, name: string, info: ColumnInfo, rows: readonly DecodedRow[]): Column {
  const carrier = makeCarrier(info, rows.length);
  const nulls = new Set<number>();
  rows.forEach(({ values }, row) => {
    const value = values[name];
    if (value === undefined || value === null) nulls.add(row);
    else put(plugin, info, carrier, row, name, value);
  });
  try {
    return encodeColumn(info, carrier, rows.length, nulls);
  } catch (error) {
    if (error instanceof OutputMismatch) refuse(plugin, `column "${name}", ${error.message}`);
    throw error;
  }
}

const keys = (values: readonly bigint[]): Column => ({ type: 'i64', values: new BigInt64Array(values) });

function versions(rows: readonly DecodedRow[]): Column {
  const texts = rows.map(({ mediaVersion }) => mediaVersion);
  return { type: 'utf8', ...encodeTexts(texts, rows.length, new Set()) };
}

/**
 * Stores up to 2,048 images' values in one transaction, together with the note that these images were shown. Only the
 * columns that a row speaks of change: what `onImages` has computed for the same image stays.
 */
export async function storeDecoded(
  connection: SqlConnection,
  plugin: LoadedPlugin,
  rows: readonly DecodedRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const declared = columnsOf(plugin, 'images');
  const names = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  const unknown = names.find((name) => !declared.has(name));
  if (unknown !== undefined) refuse(plugin, `column "${unknown}" is not declared in columns.images`);
  const infos = names.map((name) => [name, declared.get(name) as ColumnInfo] as const);
  const columns = infos.map(([name, info]) => [name, toColumn(plugin, name, info, rows)] as const);
  const shown = quoted(schemaOf(plugin)) + '.images_decoded';
  await connection.transaction(async () => {
    const types = infos.map(([name, info]) => `, ${quoted(name)} ${sqlTypeOf(info)}`).join('');
    await connection.run(
      `CREATE TABLE ${shown} (image_key BIGINT, source_key BIGINT, media_version VARCHAR${types})`,
    );
    await connection.append(
      `${schemaOf(plugin)}.images_decoded`,
      {
        image_key: keys(rows.map((row) => row.imageKey)),
        source_key: keys(rows.map((row) => row.sourceKey)),
        media_version: versions(rows),
        ...Object.fromEntries(columns),
      },
      rows.length,
    );
    if (names.length > 0) await moveValues(connection, plugin, names);
    await noteShown(connection, plugin, shown);
    await connection.run(`DROP TABLE ${shown}`);
  });
}

async function moveValues(
  connection: SqlConnection,
  plugin: LoadedPlugin,
  names: readonly string[],
): Promise<void> {
  const schema = quoted(schemaOf(plugin));
  const list = names.map(quoted).join(', ');
  const set = names.map((name) => `${quoted(name)} = d.${quoted(name)}`).join(', ');
  await connection.run(
    `UPDATE ${schema}.images p SET ${set} FROM ${schema}.images_decoded d WHERE p.image_key = d.image_key`,
  );
  await connection.run(
    `INSERT INTO ${schema}.images (image_key, source_key, ${list})
     SELECT image_key, source_key, ${list} FROM ${schema}.images_decoded d
     WHERE NOT EXISTS (SELECT 1 FROM ${schema}.images p WHERE p.image_key = d.image_key)`,
  );
}

async function noteShown(connection: SqlConnection, plugin: LoadedPlugin, shown: string): Promise<void> {
  const { namespace, version, configHash } = plugin;
  await connection.run(
    `DELETE FROM _datavis.plugin_images WHERE namespace = $1 AND image_key IN (SELECT image_key FROM ${shown})`,
    [namespace],
  );
  await connection.run(
    `INSERT INTO _datavis.plugin_images SELECT $1, image_key, $2, $3, media_version FROM ${shown}`,
    [namespace, version, configHash],
  );
}
