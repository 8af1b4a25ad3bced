import type { ThumbnailEngine } from '@datavis/plugin-sdk';
import { showImages, type ImagePassResult } from '../plugins/index.js';
import type { LoadedPlugin } from '../plugins/index.js';
import type { ImportDeps } from './import-dataset.js';

export interface PictureDecoding {
  /** Decodes pictures within its limits of pixels, such as an engine of @datavis/thumbs. */
  readonly decoder?: Pick<ThumbnailEngine, 'decode'> | undefined;
}

/** Hooks of a run may come from `onIngestStart`, so those plugins are asked too. */
function mayLook({ definition }: LoadedPlugin): boolean {
  return definition.onImageDecoded !== undefined || definition.onIngestStart !== undefined;
}

/**
 * Shows the pictures of a dataset to the plugins that declare `onImageDecoded`, in a run of their own: only those that
 * a plugin has not seen. Undefined where no plugin wants to see any.
 *
 * @throws PluginError by the policy of the plugin. What was stored before stays, and the next call goes on.
 */
export async function showPictures(
  { plugins, decoder, stores, catalog }: ImportDeps & PictureDecoding,
  request: { readonly dataset: string; readonly runId: string },
  options: { readonly signal: AbortSignal; readonly onProgress: (done: number, total: number) => void },
): Promise<ImagePassResult | undefined> {
  if (plugins === undefined || !plugins.order.plugins.some(mayLook)) return undefined;
  if (decoder === undefined) {
    plugins.guard.log.warn('pictures are not shown to plugins: this application decodes none');
    return undefined;
  }
  const { database } = catalog;
  const connection = await database.connect();
  try {
    const [row] = await connection.all<{ uri: string }>('SELECT root_uri AS uri FROM datasets WHERE name = $1', [
      request.dataset,
    ]);
    const run = await plugins.beginRun({
      runId: request.runId,
      // No source: pictures belong to all that list them.
      sourceKey: 0n,
      dataset: { name: request.dataset, uri: row?.uri ?? '' },
      startedAt: new Date(),
      signal: options.signal,
      only: mayLook,
    });
    if (run.viewers.length === 0) {
      run.release();
      return undefined;
    }
    try {
      return await showImages(
        run,
        { database, stores, thumbnails: decoder },
        { dataset: request.dataset, ...options },
      );
    } finally {
      await run.endImages(connection);
    }
  } finally {
    await connection.close();
  }
}
