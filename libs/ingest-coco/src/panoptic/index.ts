import { decode } from 'fast-png';
import { IngestError } from '../errors.js';

/** The mask of a panoptic image: for each pixel, row by row, the id of its segment in `segments_info`; 0 for none. */
export interface PanopticMask {
  readonly width: number;
  readonly height: number;
  readonly ids: Uint32Array;
}

/** PNG files begin with 8 bytes, then comes the header: length, `IHDR`, width, height. */
const WIDTH_AT = 16;

/**
 * Decodes the PNG that a panoptic annotation names in `file_name`: the id of a pixel's segment is
 * `R + 256 G + 256² B`. Needs the optional peer `fast-png`.
 *
 * @param maxPixels Refuses larger pictures before they are decoded. Default 2^26.
 * @throws IngestError `DATAVIS_INGEST_PANOPTIC` if it is not a PNG of three or four 8-bit channels.
 * @see https://cocodataset.org/#format-data
 */
export function decodePanopticPng(png: Uint8Array, maxPixels = 2 ** 26): PanopticMask {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  if (png.byteLength < WIDTH_AT + 8) throw refusal('too short');
  const pixels = view.getUint32(WIDTH_AT) * view.getUint32(WIDTH_AT + 4);
  if (pixels > maxPixels) throw refusal(`${pixels} pixels are more than ${maxPixels}`);
  const { width, height, data, channels, depth } = decoded(png);
  if (depth !== 8 || channels < 3) throw refusal(`${channels} channels of ${depth} bits`);
  const ids = new Uint32Array(width * height);
  for (let i = 0, at = 0; i < ids.length; i++, at += channels) {
    ids[i] = (data[at] ?? 0) + 256 * (data[at + 1] ?? 0) + 65_536 * (data[at + 2] ?? 0);
  }
  return { width, height, ids };
}

function decoded(png: Uint8Array): ReturnType<typeof decode> {
  try {
    return decode(png);
  } catch (cause) {
    throw refusal(cause instanceof Error ? cause.message : 'cannot be decoded', cause);
  }
}

function refusal(problem: string, cause?: unknown): IngestError {
  return new IngestError(
    'DATAVIS_INGEST_PANOPTIC',
    `not a panoptic mask: ${problem}`,
    cause === undefined ? {} : { cause },
  );
}
