import type { MediaFile } from '@datavis/engine';
import { decodeMask, fromCoco } from '@datavis/ingest-coco/rle';
import type { CocoRle } from '@datavis/ingest-coco/rle';
import type { CallOptions, DecodedPixels, SqlRow, Thumbnail, ThumbnailEngine } from '@datavis/plugin-sdk';
import { DEFAULT_LIMITS, readHeader, ThumbsError } from '@datavis/thumbs';
import { contactSheet, drawOverlay } from '@datavis/thumbs/overlay';
import type { OverlayMask, OverlayShape } from '@datavis/thumbs/overlay';
import { jsonOrNull, listsOrNull, numberOrNull, numbersOrNull, textOrNull } from '../rows/values.js';

/** Largest mask that is decoded for drawing, in pixels. */
const MAX_MASK_PIXELS = 1e8;

/** A picture and the rows of the annotations on it. */
export interface AnnotatedPicture {
  readonly file: MediaFile;
  /** Row of the image: its declared size is what annotations refer to. */
  readonly image: SqlRow;
  readonly annotations: readonly SqlRow[];
}

export interface Drawing {
  /** The picture with its annotations, no larger than `sizePx`. */
  overlay(picture: AnnotatedPicture, sizePx: number, call: CallOptions): Promise<Thumbnail>;
  /** Many of them on one sheet. Pictures that cannot be decoded are left out. */
  sheet(
    pictures: readonly AnnotatedPicture[],
    columns: number,
    tilePx: number,
    call: CallOptions,
  ): Promise<Thumbnail>;
}

export function createDrawing(engine: ThumbnailEngine): Drawing {
  const format = engine.outputFormats.includes('webp') ? 'webp' : 'jpeg';

  async function draw(
    { file, image, annotations }: AnnotatedPicture,
    sizePx: number,
    call: CallOptions,
  ): Promise<DecodedPixels> {
    const bytes = await readAll(file, call);
    const header = readHeader(bytes);
    if (header.widthPx * header.heightPx > DEFAULT_LIMITS.maxPixels || header.frames > DEFAULT_LIMITS.maxFrames) {
      throw new ThumbsError('DATAVIS_THUMBS_TOO_LARGE', 'The picture has too many pixels to draw on');
    }
    // As stored: the frame that annotations count their pixels in.
    const pixels = await engine.decode(bytes, sizePx, false, call);
    return await drawOverlay(pixels, annotations.map(shapeOf), {
      widthPx: numberOrNull(image['width']) ?? header.widthPx,
      heightPx: numberOrNull(image['height']) ?? header.heightPx,
      decodeRle,
    });
  }

  return {
    async overlay(picture, sizePx, call) {
      return await engine.encode(await draw(picture, sizePx, call), { format, quality: 85 }, call);
    },
    async sheet(pictures, columns, tilePx, call) {
      const tiles: DecodedPixels[] = [];
      for (const picture of pictures) {
        const tile = await draw(picture, tilePx, call).catch((error: unknown) => {
          if (error instanceof ThumbsError) return undefined;
          throw error;
        });
        if (tile !== undefined) tiles.push(tile);
      }
      return await engine.encode(contactSheet(tiles, { columns, tilePx }), { format, quality: 85 }, call);
    },
  };
}

async function readAll(file: MediaFile, call: CallOptions): Promise<Uint8Array> {
  if (file.sizeBytes > DEFAULT_LIMITS.maxInputBytes) {
    throw new ThumbsError('DATAVIS_THUMBS_TOO_LARGE', `The picture has ${file.sizeBytes} bytes`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read(call)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function shapeOf(row: SqlRow): OverlayShape {
  const box = ['bbox_x', 'bbox_y', 'bbox_w', 'bbox_h'].map((name) => numberOrNull(row[name]));
  const category = textOrNull(row['category']);
  const polygons = listsOrNull(row['polygons']);
  const keypoints = numbersOrNull(row['keypoints']);
  const rle = jsonOrNull(row['rle']);
  return {
    ...(category !== null && { category }),
    ...(box.every((side) => side !== null) && { box }),
    ...(polygons !== null && { polygons }),
    ...(keypoints !== null && { keypoints }),
    ...(rle !== null && { rle }),
  };
}

/** A mask that is not well-formed is a finding of the import, and nothing to draw. */
function decodeRle(rle: unknown): OverlayMask | undefined {
  try {
    const { height, width, counts } = fromCoco(rle as CocoRle);
    return { data: decodeMask({ height, width, counts }, MAX_MASK_PIXELS), widthPx: width, heightPx: height };
  } catch {
    return undefined;
  }
}
