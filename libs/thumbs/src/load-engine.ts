import type { ThumbnailEngine } from '@datavis/plugin-sdk';
import type { JimpEngineOptions } from './jimp/jimp-engine.js';
import type { SharpEngineOptions } from './sharp/sharp-engine.js';

export interface LoadThumbnailEngineOptions {
  /** For sharp, where it loads. */
  readonly sharp?: SharpEngineOptions | undefined;
  /** For the portable engine, where sharp does not load. */
  readonly jimp?: JimpEngineOptions | undefined;
  /** Told why sharp did not load: it is not installed, or has no binary for this machine. Default: nobody. */
  readonly onFallback?: ((reason: Error) => void) | undefined;
}

/**
 * The fastest engine that runs here: sharp where it loads, else the portable one. Nothing of the other is loaded.
 *
 * @example
 * ```ts
 * import { createThumbnailer, loadThumbnailEngine } from '@datavis/thumbs';
 *
 * const engine = await loadThumbnailEngine({ onFallback: (reason) => console.warn(reason.message) });
 * const thumbnailer = createThumbnailer({ engine });
 * await thumbnailer.close();
 * ```
 */
export async function loadThumbnailEngine(options: LoadThumbnailEngineOptions = {}): Promise<ThumbnailEngine> {
  const sharp = await import('./sharp/index.js').catch((error: unknown) => {
    options.onFallback?.(error instanceof Error ? error : new Error(String(error)));
    return undefined;
  });
  if (sharp !== undefined) return sharp.createSharpEngine(options.sharp);
  const { createJimpEngine } = await import('./jimp/index.js');
  return createJimpEngine(options.jimp);
}
