import { isDataVisError, type CallOptions, type ObjectStore, type SqlConnection } from '@datavis/plugin-sdk';
import { isImageName } from '../layout/names.js';
import { forEachLimit } from './for-each-limit.js';
import { nameCandidates } from './name-candidates.js';
import { PAGE_ROWS, pagesByImage } from './pages.js';

/** Where the pictures of one annotation file are looked up. */
export interface MediaQuestion extends CallOptions {
  readonly sourceKey: bigint;
  readonly store: ObjectStore;
  readonly prefixes: readonly string[];
  readonly concurrency: number;
}

/**
 * Looks up every listed image of a source. Leaves `media_found (image_key, state, key, size, version)` and
 * `media_files (key, size, version)` as temporary tables: what is compared is in the database, not in memory.
 */
export async function findFiles(connection: SqlConnection, question: MediaQuestion): Promise<void> {
  const { store, sourceKey, signal } = question;
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE media_files (key VARCHAR, size BIGINT, version VARCHAR);
    CREATE OR REPLACE TEMP TABLE media_candidates (image_key BIGINT, rank INTEGER, key VARCHAR, reading VARCHAR);
    CREATE OR REPLACE TEMP TABLE media_found (image_key BIGINT, state VARCHAR, key VARCHAR)`);
  await listFiles(connection, question);

  const base = { prefixes: question.prefixes, rootUri: store.root };
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE media_outside (image_key BIGINT);
     CREATE OR REPLACE TEMP TABLE media_listed AS
     SELECT image_key, coalesce(nullif(i.file_name, ''), i.coco_url) AS name FROM images i
     WHERE image_key IN (SELECT image_key FROM source_images WHERE source_key = ${sourceKey})`,
  );
  const listed = pagesByImage<{ image_key: bigint; name: string | null }>(connection, 'media_listed', { signal });
  for await (const images of listed) {
    const outside: bigint[] = [];
    const rows = images.flatMap(({ image_key, name }) => {
      const { candidates, outside: leaves } = nameCandidates(name ?? '', base);
      if (leaves) outside.push(image_key);
      return candidates.map(({ key, reading }, rank) => ({ image_key, rank, key, reading }));
    });
    await connection.run(
      'INSERT INTO media_candidates SELECT unnest(?), unnest(?)::INTEGER, unnest(?), unnest(?)',
      [
        rows.map((row) => row.image_key),
        rows.map((row) => BigInt(row.rank)),
        rows.map((row) => row.key),
        rows.map((row) => row.reading),
      ],
    );
    if (outside.length > 0) await connection.run('INSERT INTO media_outside SELECT unnest(?::BIGINT[])', [outside]);
  }
  await match(connection, 'c.key = f.key');
  await statRest(connection, question);
  // Two spellings of one name: composed or decomposed letters, and capitals.
  await match(connection, 'lower(nfc_normalize(c.key)) = lower(nfc_normalize(f.key))');
  // The end of a path says which file is meant only where no other image means the same one.
  await connection.run(`UPDATE media_found SET state = 'ambiguous' WHERE key IN (
    SELECT key FROM media_found n JOIN media_candidates c USING (image_key, key) WHERE n.state = 'found'
    GROUP BY key HAVING count(DISTINCT image_key) > 1 AND bool_and(reading = 'suffix'))`);
  await connection.run(
    `INSERT INTO media_found SELECT image_key,
       CASE WHEN image_key IN (FROM media_outside) THEN 'outside' ELSE 'missing' END, NULL
     FROM media_listed WHERE image_key NOT IN (SELECT image_key FROM media_found)`,
  );
}

/** Files of the folder that the layout found; what lies elsewhere is asked for by name. */
async function listFiles(connection: SqlConnection, { store, prefixes, signal }: MediaQuestion): Promise<void> {
  if (!store.capabilities.list) return;
  let rows: { key: string; size: number; version: string }[] = [];
  const flush = async (): Promise<void> => {
    await connection.run('INSERT INTO media_files SELECT unnest(?), unnest(?), unnest(?)', [
      rows.map(({ key }) => key),
      rows.map(({ size }) => BigInt(size)),
      rows.map(({ version }) => version),
    ]);
    rows = [];
  };
  for await (const entry of store.list(prefixes[0] ?? '', { signal })) {
    if (entry.kind === 'object' && isImageName(entry.key)) rows.push(entry);
    if (rows.length === PAGE_ROWS) await flush();
  }
  if (rows.length > 0) await flush();
}

/** The most literal reading that names a file; several files for it are ambiguous, and none is taken. */
async function match(connection: SqlConnection, same: string): Promise<void> {
  await connection.run(`INSERT INTO media_found
    SELECT image_key, CASE WHEN count(DISTINCT file) > 1 THEN 'ambiguous' ELSE 'found' END, min(file) FROM (
      SELECT c.image_key, f.key AS file, c.rank, min(c.rank) OVER (PARTITION BY c.image_key) AS best
      FROM media_candidates c JOIN media_files f ON ${same}
      WHERE c.image_key NOT IN (SELECT image_key FROM media_found))
    WHERE rank = best GROUP BY image_key`);
}

async function statRest(connection: SqlConnection, question: MediaQuestion): Promise<void> {
  const { store, prefixes, concurrency, signal } = question;
  const listed = store.capabilities.list ? (prefixes[0] ?? '') : null;
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE media_rest AS SELECT image_key, list(key ORDER BY rank) AS keys FROM media_candidates
     WHERE image_key NOT IN (SELECT image_key FROM media_found) AND ($1::VARCHAR IS NULL OR NOT starts_with(key, $1::VARCHAR))
     GROUP BY image_key`,
    [listed],
    { signal },
  );
  const rest = pagesByImage<{ image_key: bigint; keys: string[] }>(connection, 'media_rest', { signal });
  for await (const images of rest) {
    const found: { image_key: bigint; key: string; size: number; version: string }[] = [];
    await forEachLimit(images, concurrency, async ({ image_key, keys }) => {
      for (const key of keys) {
        const stat = await store.stat(key, { signal }).catch(ignoreForbidden);
        if (stat === undefined) continue;
        found.push({ image_key, key, size: stat.size, version: stat.version });
        return;
      }
    });
    if (found.length === 0) continue;
    await connection.run(`INSERT INTO media_found SELECT unnest(?), 'found', unnest(?)`, [
      found.map(({ image_key }) => image_key),
      found.map(({ key }) => key),
    ]);
    await connection.run('INSERT INTO media_files SELECT unnest(?), unnest(?), unnest(?)', [
      found.map(({ key }) => key),
      found.map(({ size }) => BigInt(size)),
      found.map(({ version }) => version),
    ]);
  }
}

/** A link out of the root is no file of the dataset; any other failure must not pass for a missing picture. */
function ignoreForbidden(error: unknown): undefined {
  if (!isDataVisError(error, 'DATAVIS_STORAGE_FORBIDDEN')) throw error;
}
