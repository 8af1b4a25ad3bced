/* eslint-disable @typescript-eslint/no-non-null-assertion -- the planes hold each pixel that is asked of them, and a check
   a pixel costs a third of the time */
import { flipsOf, swapsSides } from '../../header/exif.js';
import { decodePlanes, type JpegPlane } from './decode-planes.js';
import { JpegError } from './jpeg-error.js';

/** Eight-bit RGB. */
export interface RgbBitmap {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** Where pixel (x, y) of a stored picture lies in the turned one: at `origin + x * stepX + y * stepY`. */
interface Turn {
  readonly origin: number;
  readonly stepX: number;
  readonly stepY: number;
}

/**
 * A grey or YCbCr JPEG with one pixel for each block of 8 x 8, the mean of it, turned upright by an EXIF orientation.
 * Halved colours are not smoothed: it is to be shrunk further.
 */
export function decodeMeans(file: Buffer, orientation: number): RgbBitmap {
  const [luma, cb, cr] = decodePlanes(file, () => 1).planes;
  if (luma === undefined) throw new JpegError('corrupt', 'there is no picture in it');
  const [width, height] = [Math.ceil(luma.width), Math.ceil(luma.height)];
  const data = new Uint8ClampedArray(width * height * 3);
  const turn = turnOf(orientation, width, height);
  const columns = Int32Array.from({ length: width }, (_, x) => Math.floor((x * (cb ?? luma).width) / luma.width));
  for (let y = 0; y < height; y++) {
    if (cb === undefined || cr === undefined) writeGrey(data, luma, y, width, turn);
    else writeColours(data, luma, cb, cr, y, columns, turn);
  }
  return swapsSides(orientation) ? { data, width: height, height: width } : { data, width, height };
}

function turnOf(orientation: number, width: number, height: number): Turn {
  const flips = flipsOf(orientation);
  const [right, down] = swapsSides(orientation) ? [height * 3, 3] : [3, width * 3];
  return {
    origin: (flips.x ? (width - 1) * right : 0) + (flips.y ? (height - 1) * down : 0),
    stepX: flips.x ? -right : right,
    stepY: flips.y ? -down : down,
  };
}

function writeGrey(data: Uint8ClampedArray, luma: JpegPlane, y: number, width: number, turn: Turn): void {
  let at = turn.origin + y * turn.stepY;
  for (let x = 0, from = y * luma.stride; x < width; x++, from++, at += turn.stepX) {
    data.fill(luma.data[from]!, at, at + 3);
  }
}

function writeColours(
  data: Uint8ClampedArray,
  luma: JpegPlane,
  cb: JpegPlane,
  cr: JpegPlane,
  y: number,
  columns: Int32Array,
  turn: Turn,
): void {
  const row = Math.floor((y * cb.height) / luma.height);
  const [lumaFrom, cbFrom, crFrom] = [y * luma.stride, row * cb.stride, row * cr.stride];
  let at = turn.origin + y * turn.stepY;
  for (let x = 0; x < columns.length; x++, at += turn.stepX) {
    const brightness = luma.data[lumaFrom + x]!;
    const blue = cb.data[cbFrom + columns[x]!]! - 128;
    const red = cr.data[crFrom + columns[x]!]! - 128;
    data[at] = brightness + 1.402 * red;
    data[at + 1] = brightness - 0.344136 * blue - 0.714136 * red;
    data[at + 2] = brightness + 1.772 * blue;
  }
}
