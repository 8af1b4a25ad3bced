import type {
  DecodedImage,
  DecodedPixels,
  ObjectStore,
  ObjectStoreResolver,
  SqlConnection,
  SqlDatabase,
  ThumbnailEngine,
} from '@datavis/plugin-sdk';
import { splitUri } from '@datavis/storage';
import { storeDecoded, type DecodedRow } from './decoded-values.js';
import { messageOf } from './errors.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import type { PluginRun } from './plugin-run.js';

/** Longer side of the pixels that plugins get. */
export const DECODED_SIDE_PX = 256;
const IMAGES_PER_TRANSACTION = 256;

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
  /** Images whose file could not be read or decoded; the first few by name. */
  readonly failed: number;
  readonly failures: readonly { readonly fileName: string; readonly message: string }[];
}

interface ImageRow {
  readonly [name: string]: unknown;
  readonly image_key: bigint;
  readonly source_key: bigint;
  readonly id: bigint | null;
  readonly id_text: string | null;
  readonly file_name: string | null;
  readonly media_uri: string;
  readonly width: number | null;
  readonly height: number | null;
}

const MAX_FAILURES = 20;

/** Shows every image of a dataset that has a file to the plugins that want pixels: one read and one decode an image. */
export async function showImages(
  run: PluginRun,
  deps: ImagePassDeps,
  request: ImagePassRequest,
): Promise<ImagePassResult> {
  if (!run.wantsPixels) return { decoded: 0, failed: 0, failures: [] };
  const connection = await deps.database.connect();
  const stores = new Map<string, Promise<ObjectStore>>();
  try {
    const images = await connection.all<ImageRow>(
      `SELECT i.image_key, i.source_key, i.id, i.id_text, i.file_name, i.media_uri,
         coalesce(i.stored_width, i.width) AS width, coalesce(i.stored_height, i.height) AS height
       FROM images i JOIN datasets d USING (dataset_key)
       WHERE d.name = $1 AND i.media_state = 'found' AND i.media_uri IS NOT NULL ORDER BY i.image_key`,
      [request.dataset],
    );
    return await new Pass(run, deps, request, stores, connection).over(images);
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

  async over(images: readonly ImageRow[]): Promise<ImagePassResult> {
    const { signal, concurrency = 4, onProgress } = this.#request;
    for (let from = 0; from < images.length; from += IMAGES_PER_TRANSACTION) {
      const part = images.slice(from, from + IMAGES_PER_TRANSACTION);
      let next = 0;
      const worker = async (): Promise<void> => {
        for (let image = part[next++]; image !== undefined; image = part[next++]) {
          signal.throwIfAborted();
          await this.#show(image);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      await this.#flush();
      onProgress?.(Math.min(from + IMAGES_PER_TRANSACTION, images.length), images.length);
    }
    return { decoded: this.#decoded, failed: this.#failed, failures: this.#failures };
  }

  async #show(row: ImageRow): Promise<void> {
    const image = await this.#load(row);
    if (image === undefined) return;
    for (const [plugin, values] of await this.#run.decoded(image)) {
      const rows = this.#waiting.get(plugin) ?? [];
      rows.push({ imageKey: row.image_key, sourceKey: row.source_key, values });
      this.#waiting.set(plugin, rows);
    }
    this.#decoded++;
  }

  async #load(row: ImageRow): Promise<DecodedImage | undefined> {
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
    const { root, key } = splitUri(uri);
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
