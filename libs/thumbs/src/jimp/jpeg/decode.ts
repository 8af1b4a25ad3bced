import { resample } from '../resample.js';
import { decodePlanes, type JpegPlane } from './decode-planes.js';
import type { JpegComponent, JpegFrame } from './frame.js';
import type { BlockSide } from './zigzag.js';

/** Eight-bit RGBA, as jimp holds it. */
export interface Bitmap {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

const SIDES: readonly BlockSide[] = [1, 2, 4, 8];

/** So much smaller than asked for may a plane of halved colours be decoded: it is soft anyway, and costs a quarter. */
const MISSING_COLOUR = 1 / 16;

/**
 * Decodes a JPEG to a size of choice: the blocks are decoded to the smallest size that is not below it, and each plane
 * is then brought to the size on its own, so that neither full-size pixels nor enlarged colour planes ever exist.
 *
 * @param size Pixels of the result, before any rotation. Default: as stored.
 */
export function decodeJpeg(file: Buffer, size?: { readonly width: number; readonly height: number }): Bitmap {
  const chooseSide = (frame: JpegFrame, component: JpegComponent): BlockSide => {
    const enough = component.h < frame.maxH || component.v < frame.maxV ? 1 - MISSING_COLOUR : 1;
    const width = (size?.width ?? frame.widthPx) * enough;
    const height = (size?.height ?? frame.heightPx) * enough;
    const fits = (side: BlockSide): boolean =>
      (frame.widthPx * component.h * side) / (frame.maxH * 8) >= width &&
      (frame.heightPx * component.v * side) / (frame.maxV * 8) >= height;
    return SIDES.find(fits) ?? 8;
  };
  const { frame, planes, adobeTransform } = decodePlanes(file, chooseSide);
  const width = size?.width ?? frame.widthPx;
  const height = size?.height ?? frame.heightPx;
  const sized = planes.map((plane, i) => toSize(plane, width, height, i === 1 || i === 2 ? 'soft' : 'sharp'));
  return { data: toRgba(sized, width * height, frame.components, adobeTransform), width, height };
}

function toSize(plane: JpegPlane, width: number, height: number, kernel: 'sharp' | 'soft'): Uint8ClampedArray {
  const { data, stride } = plane;
  return resample({ data, stride, step: 1, width: plane.width, height: plane.height }, width, height, kernel);
}

function toRgba(
  planes: readonly Uint8ClampedArray[],
  pixels: number,
  components: readonly JpegComponent[],
  adobeTransform: number | undefined,
): Buffer {
  const [first, second, third, fourth] = planes;
  const out = new Uint8ClampedArray(pixels * 4);
  const plain = adobeTransform === 0 || (adobeTransform === undefined && isRgb(components));
  for (let i = 0, at = 0; i < pixels; i++, at += 4) {
    let r = first?.[i] ?? 0;
    let g = r;
    let b = r;
    if (second !== undefined && third !== undefined) {
      g = second[i] ?? 0;
      b = third[i] ?? 0;
      if (fourth === undefined ? !plain : adobeTransform === 2) {
        const luma = r;
        const cb = g - 128;
        const cr = b - 128;
        r = clamp(luma + 1.402 * cr);
        g = clamp(luma - 0.344136 * cb - 0.714136 * cr);
        b = clamp(luma + 1.772 * cb);
      }
    }
    if (fourth !== undefined) {
      // Adobe stores its inks inverted: 255 is none.
      const ink = adobeTransform === undefined ? 0 : 1;
      const black = ink === 1 ? (fourth[i] ?? 0) : 255 - (fourth[i] ?? 0);
      r = ((ink === 1 ? r : 255 - r) * black) / 255;
      g = ((ink === 1 ? g : 255 - g) * black) / 255;
      b = ((ink === 1 ? b : 255 - b) * black) / 255;
    }
    out[at] = r;
    out[at + 1] = g;
    out[at + 2] = b;
    out[at + 3] = 255;
  }
  return Buffer.from(out.buffer);
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Without an Adobe segment, three components are YCbCr unless they are named R, G and B. */
function isRgb(components: readonly JpegComponent[]): boolean {
  return components.length === 3 && String.fromCharCode(...components.map(({ id }) => id)) === 'RGB';
}
