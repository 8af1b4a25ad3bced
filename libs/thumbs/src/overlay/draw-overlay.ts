import type { DecodedPixels } from '@datavis/plugin-sdk';
import { categoryColours, rgbOf } from './colours.js';
import { rasterise } from './rasterise.js';
import { colourOf, shapesSvg } from './shapes-svg.js';
import type { OverlayMask, OverlayShape } from './types.js';

export interface OverlayOptions {
  /** Size of the picture that the coordinates are of, in the frame they are of. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Decodes the `rle` of a shape; shapes whose mask it does not know (`undefined`) are drawn without. Default: none. */
  readonly decodeRle?: (rle: unknown) => OverlayMask | undefined;
  /**
   * All categories of the dataset, in an order that stays: they get the colours of `categoryColours`. Default: each that of
   * `categoryColour`.
   */
  readonly categories?: Iterable<string> | undefined;
}

const MASK_OPACITY = 0.45;

/**
 * Draws annotations onto the pixels of a thumbnail: masks, polygons, boxes, skeletons and labels, in the colours of their
 * categories, with dark edges so that they show on any photo. The pixels given stay as they are. Coordinates that are
 * not finite are left out.
 *
 * @example
 * ```ts
 * import { drawOverlay } from '@datavis/thumbs/overlay';
 *
 * const grey = { data: new Uint8Array(100 * 80 * 3).fill(128), channels: 3, widthPx: 100, heightPx: 80 } as const;
 * const shapes = [{ category: 'cat', box: [40, 20, 300, 200] }];
 * const drawn = await drawOverlay(grey, shapes, { widthPx: 400, heightPx: 320 });
 * console.log(drawn.data.length); // 100 x 80 x 4
 * ```
 */
export async function drawOverlay(
  pixels: DecodedPixels,
  shapes: readonly OverlayShape[],
  options: OverlayOptions,
): Promise<DecodedPixels> {
  const { widthPx, heightPx } = pixels;
  const out = toRgba(pixels);
  const colours = categoryColours(options.categories ?? []);
  for (const shape of shapes) {
    const mask = shape.rle === undefined ? undefined : options.decodeRle?.(shape.rle);
    if (mask !== undefined) drawMask(out, widthPx, heightPx, mask, colourOf(shape, colours));
  }
  const scale = { x: widthPx / options.widthPx, y: heightPx / options.heightPx };
  blend(out, await rasterise(shapesSvg(shapes, { widthPx, heightPx, scale, colours })));
  return { data: out, channels: 4, widthPx, heightPx };
}

function toRgba({ data, channels, widthPx, heightPx }: DecodedPixels): Uint8Array {
  if (channels === 4) return new Uint8Array(data);
  const out = new Uint8Array(widthPx * heightPx * 4).fill(255);
  for (let i = 0; i < widthPx * heightPx; i++) {
    for (let c = 0; c < 3; c++) out[i * 4 + c] = data[i * 3 + c] ?? 0;
  }
  return out;
}

/** The mask's own pixels are sampled at the middle of each pixel of the thumbnail; its edge gets the full colour. */
function drawMask(out: Uint8Array, width: number, height: number, mask: OverlayMask, colour: string): void {
  const rgb = rgbOf(colour);
  const inside = (x: number, y: number): boolean => {
    if (x < 0 || y < 0 || x >= width || y >= height) return false;
    const column = Math.floor(((x + 0.5) * mask.widthPx) / width);
    const row = Math.floor(((y + 0.5) * mask.heightPx) / height);
    return mask.data[row * mask.widthPx + column] !== 0;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      const edge = !inside(x - 1, y) || !inside(x + 1, y) || !inside(x, y - 1) || !inside(x, y + 1);
      const opacity = edge ? 1 : MASK_OPACITY;
      const at = (y * width + x) * 4;
      for (let c = 0; c < 3; c++)
        out[at + c] = Math.round((out[at + c] ?? 0) * (1 - opacity) + (rgb[c] ?? 0) * opacity);
    }
  }
}

/** Lays pixels whose colours are multiplied by alpha over others. */
function blend(out: Uint8Array, over: Uint8Array): void {
  for (let at = 0; at < out.length; at += 4) {
    const alpha = over[at + 3] ?? 0;
    if (alpha === 0) continue;
    for (let c = 0; c < 3; c++) {
      out[at + c] = Math.min(255, (over[at + c] ?? 0) + Math.round(((out[at + c] ?? 0) * (255 - alpha)) / 255));
    }
    out[at + 3] = Math.max(out[at + 3] ?? 0, alpha);
  }
}
