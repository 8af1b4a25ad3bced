import { isDataVisError } from '@datavis/plugin-sdk';
import type { CallOptions, ThumbnailEngine } from '@datavis/plugin-sdk';
import { isPictureError } from '@datavis/thumbs';
import { contactSheet, contactSheetHtml } from '@datavis/thumbs/overlay';
import type { PreviewPicture } from './picture.js';

interface Tile {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly caption: string;
}

export interface Tiles {
  readonly tiles: readonly Tile[];
  /** Pictures without a file. */
  readonly missing: number;
  /** Pictures that cannot be read or decoded. */
  readonly failed: number;
}

/** Draws the pictures one after the other. Those that cannot be shown are counted. */
export async function drawTiles(
  pictures: readonly PreviewPicture[],
  tilePx: number,
  { signal, onProgress }: CallOptions & { readonly onProgress: (done: number) => void },
): Promise<Tiles> {
  const tiles: Tile[] = [];
  let [missing, failed] = [0, 0];
  for (const [i, picture] of pictures.entries()) {
    onProgress(i);
    signal?.throwIfAborted();
    try {
      const drawn = await picture.draw(tilePx, { signal });
      const { fileName, split } = picture;
      if (drawn === undefined) missing++;
      else tiles.push({ ...drawn, caption: split === null ? fileName : `${fileName} (${split})` });
    } catch (error) {
      // A file that may not be read is one picture less, not the end of the sheet.
      if (!isPictureError(error) && !isDataVisError(error, 'DATAVIS_STORAGE_FORBIDDEN')) throw error;
      failed++;
    }
  }
  return { tiles, missing, failed };
}

export function htmlSheet(title: string, tiles: readonly Tile[]): Promise<string> {
  return Promise.resolve(contactSheetHtml(title, tiles));
}

/** All tiles on one picture. */
export async function pictureSheet(
  engine: ThumbnailEngine,
  tiles: readonly Tile[],
  { columns, tilePx, format }: { columns: number; tilePx: number; format: 'png' | 'webp' | 'jpeg' },
  call: CallOptions,
): Promise<Uint8Array> {
  const pixels = [];
  for (const { bytes } of tiles) pixels.push(await engine.decode(bytes, tilePx, false, call));
  const sheet = contactSheet(pixels, { columns, tilePx });
  return (await engine.encode(sheet, { format, quality: 90 }, call)).bytes;
}
