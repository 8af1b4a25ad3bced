import type { SqlConnection } from '@datavis/plugin-sdk';
import { fillPromoted } from './promoted-fields.js';
import { RECORD_COLUMNS } from './record-columns.js';

const TABLES = [
  ['images', 'source_images', 'image_key'],
  ['categories', 'source_categories', 'category_key'],
] as const;

/** What a row of images says that its identity (split, id, file_name) does not fix. */
const SAID = RECORD_COLUMNS.images.filter((name) => !['id', 'id_text', 'file_name'].includes(name));
const PLACE = ['idx', 'byte_offset', 'key'];

const set = (names: readonly string[], value: (name: string) => string): string =>
  names.map((name) => `${name} = ${value(name)}`).join(', ');

/**
 * A row of images or categories says what one source says, and the others that list it only keep where they differ. Rows
 * that the source `teller` told are told from now on by `heir`, where it lists them; without one by the first other source
 * that lists them. Rows that nobody else lists stay as they are.
 */
export async function inherit(connection: SqlConnection, teller: bigint, heir?: bigint): Promise<void> {
  for (const [table, list, key] of TABLES) {
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE heirs AS
       SELECT ${key}, min(source_key) AS heir FROM ${list}
       WHERE source_key ${heir === undefined ? '<>' : '='} $1 AND ${key} IN (SELECT ${key} FROM ${table} WHERE source_key = $2)
       GROUP BY ${key}`,
      [heir ?? teller, teller],
    );
    if (table === 'images') await retell(connection);
    const names = [...PLACE, ...(table === 'images' ? [] : RECORD_COLUMNS.categories)];
    await connection.run(
      `UPDATE ${table} r SET source_key = n.source_key, ${set(names, (name) => `n.${name}`)}
       FROM heirs h JOIN ${list} n ON n.${key} = h.${key} AND n.source_key = h.heir WHERE r.${key} = h.${key}`,
    );
    // Those of a new version are filled when it has taken the place of the earlier one.
    const heirs = await connection.all<{ heir: bigint }>(
      'SELECT DISTINCT heir FROM heirs WHERE heir IS DISTINCT FROM $1',
      [heir ?? null],
    );
    for (const { heir: key } of heirs) await fillPromoted(connection, { first: key, last: key });
  }
  await connection.run('DROP TABLE heirs');
}

/** Rows of images take the words of their heir, where it differs. */
async function retell(connection: SqlConnection): Promise<void> {
  const differing = `heirs h JOIN source_images n ON n.image_key = h.image_key AND n.source_key = h.heir AND n.differs`;
  // Other sources agreed with the row as it was: from now on they have words of their own.
  await connection.run(
    `UPDATE source_images s SET differs = true, file_name = i.file_name, ${set(SAID, (name) => `i.${name}`)}
     FROM ${differing} JOIN images i ON i.image_key = h.image_key
     WHERE s.image_key = h.image_key AND s.source_key <> h.heir AND NOT s.differs`,
  );
  await connection.run(
    `UPDATE images i SET ${set(SAID, (name) => `n.${name}`)} FROM ${differing} WHERE i.image_key = h.image_key`,
  );
  await connection.run(
    `UPDATE source_images s SET differs = false, file_name = NULL, ${set(SAID, () => 'NULL')}
     FROM heirs h WHERE s.image_key = h.image_key AND s.source_key = h.heir AND s.differs`,
  );
}
