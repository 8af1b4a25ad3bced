import {
  DataVisError,
  type CallOptions,
  type ObjectStore,
  type ObjectStoreResolver,
  type SectionSummary,
  type SqlConnection,
  type SqlDatabase,
  type SqlRow,
} from '@datavis/plugin-sdk';
import { objectUri, splitUri } from '@datavis/storage';
import { cocoFile } from './coco-file.js';
import type { ExportedFile, ExportProgress, ExportRequest, ExportResult } from './export-types.js';
import { parquetFiles } from './parquet.js';
import { selectRecords } from './select-records.js';
import { yoloFiles } from './yolo.js';

/** Label files that are written at the same time. */
const MAX_WRITES = 16;

export interface ExportDeps {
  readonly database: SqlDatabase;
  readonly stores: ObjectStoreResolver;
}

export interface ExportOptions extends CallOptions {
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
}

/** One file of an export: its key below the output folder, and its bytes, made while they are written. */
export interface FilePlan {
  readonly key: string;
  readonly body: () => AsyncIterable<Uint8Array>;
}

export interface ExportSource {
  readonly source_key: bigint;
  readonly uri: string;
  readonly split: string | null;
  readonly sections: string | null;
}

/**
 * Writes a dataset out, as a stream. COCO: one file for each annotation file that was imported, deep-equal to it. YOLO:
 * a label file for each image, and `data.yaml`. Parquet: one file for each table.
 *
 * Files appear under their name when they are whole, locally and in a bucket.
 *
 * @throws `DATAVIS_ENGINE_EXPORT_NOTHING` (no such dataset, split or source), `DATAVIS_ENGINE_EXPORT_PARTIAL` (a source
 * whose import has not ended), `DATAVIS_ENGINE_EXPORT_NAME` (a file name for several files),
 * `DATAVIS_ENGINE_EXPORT_UNSUPPORTED` (Parquet without the native driver), `DATAVIS_STORAGE_*`.
 */
export async function exportDataset(
  { database, stores }: ExportDeps,
  request: ExportRequest,
  { signal, onProgress }: ExportOptions = {},
): Promise<ExportResult> {
  const started = performance.now();
  const { dataset, format = 'coco' } = request;
  const connection = await database.connect();
  let store: ObjectStore | undefined;
  try {
    const sources = await findSources(connection, request, { signal });
    const only = await selectRecords(database, connection, request, { signal });
    const single = format === 'coco' && /\.json$/i.test(request.out);
    const { root, key } = single ? splitUri(request.out) : { root: request.out, key: '' };
    if (single && sources.length > 1) {
      throw new DataVisError(
        'DATAVIS_ENGINE_EXPORT_NAME',
        `${sources.length} files cannot be written to ${request.out}`,
        {
          hint: 'Name a folder, or one split that has a single annotation file.',
        },
      );
    }
    store = await stores.open(root, { signal });
    const leftOut: Record<string, number> = {};
    const context = { connection, database, sources, only, signal, leftOut };
    const plans: AsyncIterable<FilePlan> | Iterable<FilePlan> =
      format === 'coco'
        ? cocoPlans(context, single ? key : undefined)
        : format === 'yolo'
          ? yoloFiles(context, request.task ?? 'detect')
          : parquetFiles(context, format === 'lake');
    const files: ExportedFile[] = [];
    let bytes = 0;
    const write = async ({ key: name, body }: FilePlan, to: ObjectStore): Promise<void> => {
      const written = await to.write(name, body(), { signal });
      files.push({ uri: objectUri(to.root, name), bytes: written.size });
      bytes += written.size;
      onProgress?.({ files: files.length, bytes });
    };
    // Label files are small and made beforehand; the others are made from the one connection while they are written.
    const limit = format === 'yolo' ? MAX_WRITES : 1;
    const writing = new Set<Promise<void>>();
    try {
      for await (const plan of plans) {
        const one: Promise<void> = write(plan, store).finally(() => writing.delete(one));
        // Awaited below; a rejection in between must not count as unhandled.
        one.catch(() => undefined);
        writing.add(one);
        if (writing.size >= limit) await Promise.race(writing);
      }
    } finally {
      await Promise.all(writing);
    }
    return { dataset, format, files, bytes, elapsedMs: performance.now() - started, leftOut };
  } finally {
    await connection.close();
    await store?.close();
  }
}

export interface ExportContext extends CallOptions {
  readonly connection: SqlConnection;
  readonly database: SqlDatabase;
  readonly sources: readonly ExportSource[];
  /** See `cocoFile`. */
  readonly only: { readonly images: string; readonly annotations: string } | undefined;
  readonly leftOut: Record<string, number>;
}

async function findSources(
  connection: SqlConnection,
  { dataset, split }: ExportRequest,
  call: CallOptions,
): Promise<ExportSource[]> {
  const sources = await connection.all<SqlRow & ExportSource & { readonly state: string }>(
    `SELECT s.source_key, s.uri, p.name AS split, s.sections, s.state FROM sources s
     JOIN datasets d ON d.dataset_key = s.dataset_key LEFT JOIN splits p ON p.split_key = s.split_key
     WHERE d.name = ? AND (?::VARCHAR IS NULL OR p.name = ?::VARCHAR) ORDER BY s.source_key`,
    [dataset, split ?? null, split ?? null],
    call,
  );
  const partial = sources.find(({ state }) => state !== 'done');
  if (partial !== undefined) {
    throw new DataVisError('DATAVIS_ENGINE_EXPORT_PARTIAL', `The import of ${partial.uri} has not ended`, {
      hint: 'Run the import again: it goes on from where it stopped.',
    });
  }
  if (sources.length > 0) return sources;
  const what = split === undefined ? dataset : `${dataset}, split ${split}`;
  throw new DataVisError('DATAVIS_ENGINE_EXPORT_NOTHING', `There is nothing to export of ${what}`, {
    hint: 'List the datasets: datavis ls.',
  });
}

function* cocoPlans({ connection, sources, only, signal }: ExportContext, name?: string): Generator<FilePlan> {
  const keys = name === undefined ? keysOf(sources.map(({ uri }) => uri)) : [name];
  for (const [at, { source_key, sections }] of sources.entries()) {
    yield {
      key: keys[at] ?? `${source_key}.json`,
      body: () =>
        cocoFile(connection, {
          sourceKey: source_key,
          sections: JSON.parse(sections ?? '[]') as SectionSummary[],
          only,
          signal,
        }),
    };
  }
}

/** Keys that tell the files apart as their folders did: the part of their URIs behind the common folder. */
export function keysOf(uris: readonly string[]): string[] {
  const paths = uris.map((uri) => decodeURI(uri.replace(/%(?![0-9a-f]{2})/gi, '%25')).split('/'));
  const [first = []] = paths;
  let common = 0;
  while (common < first.length - 1 && paths.every((parts) => parts[common] === first[common])) common += 1;
  return paths.map((parts) => parts.slice(Math.min(common, parts.length - 1)).join('/'));
}
