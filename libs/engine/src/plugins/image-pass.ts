import type {
  DecodedImage,
  DecodedPixels,
  ObjectStore,
  ObjectStoreResolver,
  SqlConnection,
  SqlDatabase,
  ThumbnailEngine,
} from '@datavis/plugin-sdk';
import { splitObjectUri } from '@datavis/storage';
import { storeDecoded, type DecodedRow } from './decoded-values.js';
import { messageOf } from './errors.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { countPictures, nextPictures, type PictureRow } from './pictures-to-show.js';
import type { PluginRun } from './plugin-run.js';

/** Longer side of the pixels that plugins get. */
export const DECODED_SIDE_PX = 256;
const IMAGES_PER_TRANSACTION = 256;
const DEFAULT_CONCURRENCY = 4;

export interface ImagePassDeps {
  readonly database: SqlDatabase;
  readonly stores: ObjectStoreResolver;
  readonly thumbnails: Pick<ThumbnailEngine, 'decode'>;
}

export interface ImagePassRequest {
  readonly dataset: string;
  readonly signal: AbortSignal;
  /** Images under way at once, which also bounds the decoded pixels in memory. Default 4. */
  readonly concurrency?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ImagePassResult {
  readonly decoded: number;
  /** Images whose file could not be read or decoded; the next pass tries them again. */
  readonly failed: number;
  /** The first 20 of them. */
  readonly failures: readonly { readonly fileName: string; readonly message: string }[];
}

const MAX_FAILURES = 20;

/**
 * Shows the pictures of a dataset to the plugins that want pixels: one read and one decode a picture, however many
 * plugins look. A picture that a plugin has seen, in this version of both, is not shown to it again: a pass that was
 * stopped goes on, and one over a dataset that has not changed does nothing.
 */
export async function showImages(
  run: PluginRun,
  deps: ImagePassDeps,
  request: ImagePassRequest,
): Promise<ImagePassResult> {
  if (run.viewers.length === 0) return { decoded: 0, failed: 0, failures: [] };
  const connection = await deps.database.connect();
  const stores = new Map<string, Promise<ObjectStore>>();
  try {
    return await new Pass(run, deps, request, stores, connection).all();
  } finally {
    for (const store of stores.values()) await store.then((one) => one.close()).catch(() => undefined);
    await connection.close();
  }
}

class Pass {
  readonly #run: PluginRun;
  readonly #deps: ImagePassDeps;
  readonly #request: ImagePassRequest;
  readonly #stores: Map<string, Promise<ObjectStore>>;
  readonly #connection: SqlConnection;
  readonly #waiting = new Map<LoadedPlugin, DecodedRow[]>();
  readonly #failures: { fileName: string; message: string }[] = [];
  #decoded = 0;
  #failed = 0;

  constructor(
    run: PluginRun,
    deps: ImagePassDeps,
    request: ImagePassRequest,
    stores: Map<string, Promise<ObjectStore>>,
    connection: SqlConnection,
  ) {
    this.#run = run;
    this.#deps = deps;
    this.#request = request;
    this.#stores = stores;
    this.#connection = connection;
  }

  async all(): Promise<ImagePassResult> {
    const { dataset, onProgress } = this.#request;
    const viewers = this.#run.viewers;
    const total = await countPictures(this.#connection, dataset, viewers);
    let after = -1n;
    for (;;) {
      const page = { after, limit: IMAGES_PER_TRANSACTION };
      const pictures = await nextPictures(this.#connection, dataset, viewers, page);
      const last = pictures.at(-1);
      if (last === undefined) break;
      after = last.image_key;
      try {
        await this.#showAll(pictures);
      } finally {
        // Also when it is stopped: what plugins have said is kept, and not asked again.
        await this.#flush();
      }
      onProgress?.(this.#decoded + this.#failed, total);
    }
    return { decoded: this.#decoded, failed: this.#failed, failures: this.#failures };
  }

  async #showAll(pictures: readonly PictureRow[]): Promise<void> {
    const { signal, concurrency = DEFAULT_CONCURRENCY } = this.#request;
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let picture = pictures[next++]; picture !== undefined; picture = pictures[next++]) {
        signal.throwIfAborted();
        await this.#show(picture);
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: concurrency }, worker));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }

  async #show(row: PictureRow): Promise<void> {
    const image = await this.#load(row);
    if (image === undefined) return;
    for (const [plugin, values] of await this.#run.decoded(image, row.seen_by)) {
      const rows = this.#waiting.get(plugin) ?? [];
      const { image_key: imageKey, source_key: sourceKey, media_version: mediaVersion } = row;
      rows.push({ imageKey, sourceKey, mediaVersion, values });
      this.#waiting.set(plugin, rows);
    }
    this.#decoded++;
  }

  async #load(row: PictureRow): Promise<DecodedImage | undefined> {
    const { signal } = this.#request;
    try {
      const file = await this.#bytes(row.media_uri);
      const pixels = await this.#deps.thumbnails.decode(file, DECODED_SIDE_PX, false, { signal });
      return {
        id: row.id,
        idText: row.id_text,
        fileName: row.file_name ?? '',
        uri: row.media_uri,
        widthPx: row.width ?? pixels.widthPx,
        heightPx: row.height ?? pixels.heightPx,
        rgb: { data: rgbOf(pixels), widthPx: pixels.widthPx, heightPx: pixels.heightPx },
        file,
      };
    } catch (error) {
      signal.throwIfAborted();
      this.#failed++;
      const fileName = row.file_name ?? row.media_uri;
      if (this.#failures.length < MAX_FAILURES) this.#failures.push({ fileName, message: messageOf(error) });
      return undefined;
    }
  }

  async #bytes(uri: string): Promise<Uint8Array> {
    const { root, key } = splitObjectUri(uri);
    const { signal } = this.#request;
    const opening = this.#stores.get(root) ?? this.#deps.stores.open(root, { signal });
    this.#stores.set(root, opening);
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await opening).read(key, { signal })) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async #flush(): Promise<void> {
    for (const [plugin, rows] of this.#waiting) {
      try {
        await storeDecoded(this.#connection, plugin, rows);
      } catch (error) {
        this.#run.refuse(plugin, 'onImageDecoded', error);
      }
    }
    this.#waiting.clear();
  }
}

function rgbOf({ data, channels, widthPx, heightPx }: DecodedPixels): Uint8Array {
  if (channels === 3) return data;
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) rgb.set(data.subarray(from, from + 3), to);
  return rgb;
}
