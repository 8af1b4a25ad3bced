import {
  DataVisError,
  type CallOptions,
  type ObjectStore,
  type ObjectStoreResolver,
  type SqlConnection,
} from '@datavis/plugin-sdk';
import type { Catalog } from '@datavis/storage';
import { findFiles } from './find-files.js';
import { forEachLimit } from './for-each-limit.js';
import { MEDIA_CODES, type MediaCode } from './media-findings.js';
import { pagesByImage } from './pages.js';
import { scanImage, type MediaRow, type ScannedImage } from './scan-image.js';

export interface MediaScanRequest {
  readonly dataset: string;
  /** Read whole files for their content hash, which finds duplicates. Default false: headers only. */
  readonly hashes?: boolean | undefined;
}

export interface MediaScanOptions extends CallOptions {
  /** Files read at the same time. Default 16. */
  readonly concurrency?: number | undefined;
  readonly onProgress?: ((progress: { readonly images: number; readonly of: number }) => void) | undefined;
}

export interface MediaScanResult {
  readonly dataset: string;
  /** Images that were looked up: those of sources that have a place for pictures. */
  readonly images: number;
  readonly found: number;
  readonly missing: number;
  /** Pictures in the folders of the dataset that no annotation file lists. */
  readonly unlisted: number;
  /** Exact numbers by code. */
  readonly findings: Readonly<Partial<Record<MediaCode, number>>>;
  readonly elapsedMs: number;
}

export interface MediaScanDeps {
  readonly catalog: Catalog;
  readonly stores: ObjectStoreResolver;
}

/** Findings kept as samples, for each source and code. */
const MAX_SAMPLES = 100;

interface Source {
  readonly source_key: bigint;
  readonly dataset_key: bigint;
  readonly media_root: string;
  readonly media_prefixes: string | null;
}

/**
 * Looks up the file of every listed image and reads its header (a range of its start, not the whole file). States,
 * stored sizes, orientation and versions go into `images`; what is missing, unlisted or of another size than declared
 * becomes findings. A second scan replaces what the first one found.
 *
 * @throws `DATAVIS_CATALOG_NOT_FOUND`, `DATAVIS_STORAGE_*`.
 */
export async function scanMedia(
  deps: MediaScanDeps,
  request: MediaScanRequest,
  options: MediaScanOptions = {},
): Promise<MediaScanResult> {
  return deps.catalog.exclusive(async () => {
    const started = performance.now();
    const connection = await deps.catalog.database.connect();
    try {
      const sources = await connection.all<Source & Record<string, unknown>>(
        `SELECT source_key, s.dataset_key, media_root, media_prefixes FROM sources s JOIN datasets d USING (dataset_key)
         WHERE d.name = ? AND s.state = 'done' AND media_root IS NOT NULL ORDER BY source_key`,
        [request.dataset],
      );
      const [known] = await connection.all('SELECT 1 FROM datasets WHERE name = ?', [request.dataset]);
      if (known === undefined) {
        throw new DataVisError(
          'DATAVIS_CATALOG_NOT_FOUND',
          `There is no dataset ${JSON.stringify(request.dataset)}`,
        );
      }
      await connection.run(`
        CREATE OR REPLACE TEMP TABLE media_all (root VARCHAR, key VARCHAR, source_key BIGINT);
        CREATE OR REPLACE TEMP TABLE media_used (root VARCHAR, key VARCHAR);
        CREATE OR REPLACE TEMP TABLE media_notes (source_key BIGINT, image_key BIGINT, code VARCHAR, sample VARCHAR)`);
      for (const source of sources) {
        const store = await deps.stores.open(source.media_root, options);
        try {
          await scanSource(connection, store, source, request, options);
        } finally {
          await store.close();
        }
      }
      return { ...(await storeFindings(connection, request.dataset)), elapsedMs: performance.now() - started };
    } finally {
      await connection.close();
    }
  });
}

async function scanSource(
  connection: SqlConnection,
  store: ObjectStore,
  source: Source,
  { hashes = false }: MediaScanRequest,
  { concurrency = 16, onProgress, signal }: MediaScanOptions,
): Promise<void> {
  const prefixes = JSON.parse(source.media_prefixes ?? '[""]') as string[];
  await findFiles(connection, { sourceKey: source.source_key, store, prefixes, concurrency, signal });
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE media_rows (image_key BIGINT, state VARCHAR, uri VARCHAR, size BIGINT,
      version VARCHAR, type VARCHAR, width VARCHAR, height VARCHAR, orientation VARCHAR, hash VARCHAR);
    CREATE OR REPLACE TEMP TABLE media_scan AS
      SELECT n.image_key, n.state, n.key, f.size, f.version, i.width, i.height, i.file_name FROM media_found n
      JOIN images i USING (image_key) LEFT JOIN (SELECT DISTINCT ON (key) * FROM media_files) f ON f.key = n.key`);
  const [total] = await connection.all<{ n: bigint }>('SELECT count(*) AS n FROM media_scan');
  const of = Number(total?.n ?? 0n);
  let done = 0;
  for await (const images of pagesByImage<ScannedImage>(connection, 'media_scan', { signal })) {
    const rows: MediaRow[] = [];
    const notes: MediaNote[] = [];
    await forEachLimit(images, concurrency, async (image) => {
      signal?.throwIfAborted();
      const { row, note } = await scanImage(store, image, hashes, { signal });
      rows.push(row);
      if (note !== undefined) notes.push([image.image_key, ...note]);
      done += 1;
      if (image.state === 'found') onProgress?.({ images: done, of });
    });
    await insertRows(connection, rows);
    await insertNotes(connection, source.source_key, notes);
  }
  await update(connection);
  await connection.run('INSERT INTO media_all SELECT DISTINCT $1::VARCHAR, key, $2::BIGINT FROM media_files', [
    store.root,
    source.source_key,
  ]);
  await connection.run('INSERT INTO media_used SELECT $1::VARCHAR, key FROM media_found WHERE key IS NOT NULL', [
    store.root,
  ]);
}

type MediaNote = readonly [imageKey: bigint, code: MediaCode, sample: string];

async function insertNotes(
  connection: SqlConnection,
  sourceKey: bigint,
  notes: readonly MediaNote[],
): Promise<void> {
  if (notes.length === 0) return;
  await connection.run(
    'INSERT INTO media_notes SELECT ?::BIGINT, unnest(?::BIGINT[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[])',
    [sourceKey, notes.map(([key]) => key), notes.map(([, code]) => code), notes.map(([, , sample]) => sample)],
  );
}

async function insertRows(connection: SqlConnection, rows: readonly MediaRow[]): Promise<void> {
  const column = (at: number): (string | null)[] =>
    rows.map((row) => ((row[at] ?? null) === null ? null : String(row[at])));
  await connection.run(
    `INSERT INTO media_rows SELECT ${Array.from({ length: 10 }, () => 'unnest(?::VARCHAR[])').join(', ')}`,
    Array.from({ length: 10 }, (_, at) => column(at)),
  );
}

/** All states of a source at once, so that a crash leaves those of the scan before. */
async function update(connection: SqlConnection): Promise<void> {
  await connection.transaction(() =>
    connection.run(`UPDATE images SET media_state = r.state, media_uri = r.uri, media_size = r.size, media_version = r.version,
      media_type = r.type, stored_width = r.width::INTEGER, stored_height = r.height::INTEGER,
      orientation = r.orientation::TINYINT,
      content_hash = coalesce(r.hash, CASE WHEN images.media_version = r.version THEN images.content_hash END)
      FROM media_rows r WHERE images.image_key = r.image_key`),
  );
}

/** Replaces the findings of earlier scans: exact numbers, and samples with the place of the image in its source. */
async function storeFindings(
  connection: SqlConnection,
  dataset: string,
): Promise<Omit<MediaScanResult, 'elapsedMs'>> {
  const codes = Object.keys(MEDIA_CODES);
  const severity = `CASE code ${Object.entries(MEDIA_CODES)
    .map(([code, level]) => `WHEN '${code}' THEN '${level}'`)
    .join(' ')} END`;
  await connection.run(`INSERT INTO media_notes SELECT min(source_key), NULL, 'image-unlisted', key FROM media_all
    WHERE (root, key) NOT IN (SELECT (root, key) FROM media_used) GROUP BY root, key`);
  await connection.transaction(async () => {
    const inDataset = 'dataset_key = (SELECT dataset_key FROM datasets WHERE name = $1)';
    for (const table of ['findings', 'finding_counts']) {
      await connection.run(`DELETE FROM ${table} WHERE ${inDataset} AND code IN (SELECT unnest($2::VARCHAR[]))`, [
        dataset,
        codes,
      ]);
    }
    const run = 'SELECT max(run_key) FROM ingest_runs r WHERE r.source_key = n.source_key';
    await connection.run(`INSERT INTO finding_counts SELECT (${run}), s.dataset_key, n.source_key, code, ${severity}, count(*)
      FROM media_notes n JOIN sources s USING (source_key) GROUP BY n.source_key, s.dataset_key, code`);
    await connection.run(`INSERT INTO findings SELECT (${run}), s.dataset_key, n.source_key, code, ${severity},
        'Picture: ' || sample, 'images', m.idx, m.byte_offset, coalesce(m.id::VARCHAR, m.id_text), sample
      FROM (SELECT *, row_number() OVER (PARTITION BY source_key, code ORDER BY image_key, sample) AS nth FROM media_notes) n
      JOIN sources s USING (source_key)
      LEFT JOIN source_images m ON m.source_key = n.source_key AND m.image_key = n.image_key
      WHERE nth <= ${MAX_SAMPLES}`);
  });
  const counts = await connection.all<{ code: MediaCode; n: bigint }>(
    `SELECT code, count(DISTINCT coalesce(image_key::VARCHAR, sample)) AS n FROM media_notes GROUP BY code ORDER BY code`,
  );
  const [states] = await connection.all<{ images: bigint; found: bigint }>(
    `SELECT count(*) AS images, count(*) FILTER (media_state = 'found') AS found FROM images
     WHERE dataset_key = (SELECT dataset_key FROM datasets WHERE name = ?) AND media_state IN ('found', 'missing')`,
    [dataset],
  );
  const findings = Object.fromEntries(counts.map(({ code, n }) => [code, Number(n)]));
  const images = Number(states?.images ?? 0n);
  const found = Number(states?.found ?? 0n);
  return { dataset, images, found, missing: images - found, unlisted: findings['image-unlisted'] ?? 0, findings };
}
