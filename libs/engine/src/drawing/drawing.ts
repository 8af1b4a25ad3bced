import type { CallOptions, DecodedPixels, SqlRow, Thumbnail, ThumbnailEngine } from '@datavis/plugin-sdk';
import { DEFAULT_LIMITS, OVERLAY_VERSION, readHeader, ThumbsError } from '@datavis/thumbs';
import type { MediaFile } from '../media/media-reader.js';
import { decodeRle, shapesOf } from './shape-of.js';
import type { Skeletons } from './shape-of.js';

/** A picture and the rows of the annotations on it. */
export interface AnnotatedPicture {
  readonly file: MediaFile;
  /** Row of the image: its declared size is what annotations refer to. */
  readonly image: SqlRow;
  readonly annotations: readonly SqlRow[];
  /** Default: keypoints are drawn without lines between them. */
  readonly skeletons?: Skeletons | undefined;
  /** All categories of the dataset, so that their colours are well apart. Default: colours by each name alone. */
  readonly categories?: readonly string[] | undefined;
}

export type DrawingFormat = 'webp' | 'jpeg' | 'png';

export interface DrawingCall extends CallOptions {
  /** Default: that of {@link DrawingOptions}. */
  readonly format?: DrawingFormat | undefined;
}

export interface Drawing {
  /** Changes whenever the same pictures and annotations may give other bytes: part of every ETag. */
  readonly version: string;
  /** What the engine can write, the most compact first. */
  readonly formats: readonly DrawingFormat[];
  /** The picture with its annotations, no larger than `sizePx`. */
  overlay(picture: AnnotatedPicture, sizePx: number, call: DrawingCall): Promise<Thumbnail>;
  /** Many of them on one sheet. Pictures that cannot be decoded are left out. */
  sheet(
    pictures: readonly AnnotatedPicture[],
    columns: number,
    tilePx: number,
    call: DrawingCall,
  ): Promise<Thumbnail>;
}

export interface DrawingOptions {
  /** Default: WebP where the engine writes it, else JPEG. */
  readonly format?: DrawingFormat | undefined;
}

/** Draws annotations on pictures. The renderer (2 MB of WebAssembly) is loaded with the first drawing. */
export function createDrawing(engine: ThumbnailEngine, options: DrawingOptions = {}): Drawing {
  const formats = (['webp', 'jpeg', 'png'] as const).filter((one) => engine.outputFormats.includes(one));
  const { format: byDefault = formats[0] ?? 'jpeg' } = options;

  async function draw(
    { file, image, annotations, skeletons = new Map(), categories }: AnnotatedPicture,
    sizePx: number,
    call: CallOptions,
  ): Promise<DecodedPixels> {
    const { drawOverlay } = await import('@datavis/thumbs/overlay');
    const bytes = await readWhole(file, call);
    const header = readHeader(bytes);
    if (header.widthPx * header.heightPx > DEFAULT_LIMITS.maxPixels || header.frames > DEFAULT_LIMITS.maxFrames) {
      throw new ThumbsError('DATAVIS_THUMBS_TOO_LARGE', 'The picture has too many pixels to draw on');
    }
    // As stored: the frame that annotations count their pixels in.
    const pixels = await engine.decode(bytes, sizePx, false, call);
    return await drawOverlay(pixels, shapesOf(annotations, skeletons), {
      widthPx: sizeOf(image['width']) ?? header.widthPx,
      heightPx: sizeOf(image['height']) ?? header.heightPx,
      decodeRle,
      categories,
    });
  }

  return {
    version: `overlay/${OVERLAY_VERSION} ${engine.fingerprint}`,
    formats,
    async overlay(picture, sizePx, { format = byDefault, ...call }) {
      return await engine.encode(await draw(picture, sizePx, call), { format, quality: 85 }, call);
    },
    async sheet(pictures, columns, tilePx, { format = byDefault, ...call }) {
      const tiles: DecodedPixels[] = [];
      for (const picture of pictures) {
        const tile = await draw(picture, tilePx, call).catch((error: unknown) => {
          if (error instanceof ThumbsError) return undefined;
          throw error;
        });
        if (tile !== undefined) tiles.push(tile);
      }
      const { contactSheet } = await import('@datavis/thumbs/overlay');
      return await engine.encode(contactSheet(tiles, { columns, tilePx }), { format, quality: 85 }, call);
    },
  };
}

async function readWhole(file: MediaFile, call: CallOptions): Promise<Uint8Array> {
  if (file.sizeBytes > DEFAULT_LIMITS.maxInputBytes) {
    throw new ThumbsError('DATAVIS_THUMBS_TOO_LARGE', `The picture has ${file.sizeBytes} bytes`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read(call)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}
