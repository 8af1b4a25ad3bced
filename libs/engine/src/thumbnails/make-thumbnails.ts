import {
  type CallOptions,
  DataVisError,
  isDataVisError,
  type SqlDatabase,
  type ThumbnailOptions,
} from '@datavis/plugin-sdk';
import type { Thumbnailer } from '@datavis/thumbs';
import type { MediaReader, MediaRef } from '../media/media-reader.js';

export interface MakeThumbnailsDeps {
  readonly database: SqlDatabase;
  readonly media: Pick<MediaReader, 'locate' | 'open'>;
  readonly thumbnailer: Pick<Thumbnailer, 'get'>;
}

export interface MakeThumbnailsRequest {
  readonly dataset: string;
  /** Default: those of the thumbnailer (256 px WebP). */
  readonly options?: Partial<ThumbnailOptions> | undefined;
  /** Pictures under way at once. Default 8. */
  readonly concurrency?: number | undefined;
}

/** `total = made + fresh + missing + failed` in the end. */
export interface MakeThumbnailsProgress {
  readonly total: number;
  /** Rendered now. */
  readonly made: number;
  /** In a cache already, of the picture's present version. */
  readonly fresh: number;
  /** Without a file. */
  readonly missing: number;
  readonly failed: number;
}

export interface MakeThumbnailsResult extends MakeThumbnailsProgress {
  /** The first hundred failures; `failed` counts them all. */
  readonly failures: readonly { readonly uri: string; readonly code: string; readonly message: string }[];
  readonly elapsedMs: number;
}

export interface MakeThumbnailsCall extends CallOptions {
  /** Called after each image, and after each page of 256, whose images without a file are counted at once. */
  readonly onProgress?: ((progress: MakeThumbnailsProgress) => void) | undefined;
}

const PAGE = 256;
const MAX_FAILURES = 100;

/**
 * Makes the thumbnails of a dataset ahead of need, behind whatever somebody waits for. What a cache has already is
 * skipped, so a run that was stopped goes on where it was, and a second one only looks; a replaced picture is made anew.
 * A picture that fails is counted and left out.
 *
 * @throws `DATAVIS_CATALOG_NOT_FOUND` for an unknown dataset; the signal's reason when it is aborted.
 */
export async function makeThumbnails(
  deps: MakeThumbnailsDeps,
  request: MakeThumbnailsRequest,
  call: MakeThumbnailsCall = {},
): Promise<MakeThumbnailsResult> {
  const { signal, onProgress } = call;
  const started = performance.now();
  const counts = { total: 0, made: 0, fresh: 0, missing: 0, failed: 0 };
  const failures: { uri: string; code: string; message: string }[] = [];

  const make = async (ref: MediaRef): Promise<void> => {
    let uri = ref.imageKey;
    try {
      const file = await deps.media.open(ref, { signal });
      if (file === undefined) {
        counts.missing++;
        return;
      }
      uri = file.uri;
      const { from } = await deps.thumbnailer.get(file, request.options, { signal, priority: 'backfill' });
      counts[from === 'engine' ? 'made' : 'fresh']++;
    } catch (error) {
      signal?.throwIfAborted();
      // Nothing is wrong with the pictures: options, a closed thumbnailer.
      if (isDataVisError(error, 'DATAVIS_THUMBS_OPTIONS') || isDataVisError(error, 'DATAVIS_THUMBS_CLOSED'))
        throw error;
      counts.failed++;
      const code = isDataVisError(error) ? error.code : '';
      const message = error instanceof Error ? error.message : String(error);
      if (failures.length < MAX_FAILURES) failures.push({ uri, code, message });
    }
  };

  for await (const { total, keys } of pages(deps.database, request.dataset)) {
    signal?.throwIfAborted();
    counts.total = total;
    const refs = await deps.media.locate(request.dataset, keys, { signal });
    counts.missing += keys.length - refs.size;
    onProgress?.({ ...counts });
    const makeAndTell = async (ref: MediaRef): Promise<void> => {
      await make(ref);
      onProgress?.({ ...counts });
    };
    await eachOf([...refs.values()], request.concurrency ?? 8, makeAndTell, signal);
  }
  return { ...counts, failures, elapsedMs: Math.round(performance.now() - started) };
}

async function* pages(database: SqlDatabase, dataset: string): AsyncGenerator<{ total: number; keys: string[] }> {
  const connection = await database.connect();
  try {
    const [found] = await connection.all<{ dataset_key: bigint; total: bigint }>(
      `SELECT d.dataset_key, (SELECT count(*) FROM images i WHERE i.dataset_key = d.dataset_key) AS total
       FROM datasets d WHERE d.name = $1`,
      [dataset],
    );
    if (found === undefined) {
      throw new DataVisError('DATAVIS_CATALOG_NOT_FOUND', `There is no dataset ${JSON.stringify(dataset)}`);
    }
    for (let after = -1n; ;) {
      const rows = await connection.all<{ image_key: bigint }>(
        `SELECT image_key FROM images WHERE dataset_key = $1 AND image_key > $2 ORDER BY image_key LIMIT ${PAGE}`,
        [found.dataset_key, after],
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      yield { total: Number(found.total), keys: rows.map(({ image_key }) => image_key.toString()) };
      after = last.image_key;
    }
  } finally {
    await connection.close();
  }
}

async function eachOf<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      signal?.throwIfAborted();
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, worker));
}
