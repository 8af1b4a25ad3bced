import sharp, { type Sharp } from 'sharp';

/**
 * A picture with something at every frequency and four corners that cannot be mixed up: red, green, blue, white
 * (left upper, right upper, left lower, right lower).
 */
export function scene(widthPx: number, heightPx: number): Sharp {
  const data = Buffer.alloc(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const at = (y * widthPx + x) * 3;
      const wave = Math.round(40 * Math.sin((x * x + y * y) / (widthPx * 60)));
      data[at] = clamp(128 + wave + 60 * Math.sin(x / 17));
      data[at + 1] = clamp(128 + wave + 60 * Math.cos(y / 23));
      data[at + 2] = clamp((255 * (x + y)) / (widthPx + heightPx));
    }
  }
  corner(data, widthPx, heightPx, [0, 0], [255, 0, 0]);
  corner(data, widthPx, heightPx, [1, 0], [0, 255, 0]);
  corner(data, widthPx, heightPx, [0, 1], [0, 0, 255]);
  corner(data, widthPx, heightPx, [1, 1], [255, 255, 255]);
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels: 3 } });
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

function corner(data: Buffer, width: number, height: number, at: [number, number], colour: number[]): void {
  const sideX = Math.floor(width / 4);
  const sideY = Math.floor(height / 4);
  for (let y = 0; y < sideY; y++) {
    for (let x = 0; x < sideX; x++) {
      const column = at[0] === 0 ? x : width - 1 - x;
      const row = at[1] === 0 ? y : height - 1 - y;
      data.set(colour, (row * width + column) * 3);
    }
  }
}

export type Rgb = readonly [number, number, number];

/** The colours near the four corners of an encoded picture: left upper, right upper, left lower, right lower. */
export async function cornerColours(bytes: Uint8Array): Promise<Rgb[]> {
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const x = Math.floor(info.width / 10);
  const y = Math.floor(info.height / 10);
  const places = [
    [x, y],
    [info.width - 1 - x, y],
    [x, info.height - 1 - y],
    [info.width - 1 - x, info.height - 1 - y],
  ] as const;
  return places.map(([column, row]) => {
    const at = (row * info.width + column) * info.channels;
    return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0] as const;
  });
}

/** The corners of {@link scene} as words, so that a failed test can be read. */
export async function cornerNames(bytes: Uint8Array): Promise<string[]> {
  return (await cornerColours(bytes)).map(([r, g, b]) => {
    const high = [r, g, b].map((value) => (value > 200 ? 1 : value < 60 ? 0 : 2)).join('');
    return { '100': 'red', '010': 'green', '001': 'blue', '111': 'white' }[high] ?? `${r},${g},${b}`;
  });
}

/** Puts an EXIF orientation into a JPEG, whatever wrote it. */
export async function withOrientation(picture: Sharp, orientation: number): Promise<Buffer> {
  return await picture.clone().withMetadata({ orientation }).jpeg({ quality: 92 }).toBuffer();
}

/** How a camera stores an upright picture whose EXIF orientation will be this; the inverse of turning it upright. */
export async function storedAs(upright: Sharp, orientation: number): Promise<Sharp> {
  const step = async (picture: Sharp): Promise<Sharp> => sharp(await picture.png().toBuffer());
  const picture = upright.clone();
  switch (orientation) {
    case 2:
      return await step(picture.flop());
    case 3:
      return await step(picture.rotate(180));
    case 4:
      return await step(picture.flip());
    case 5: // the transpose, which is its own inverse
      return await step((await step(picture.rotate(90))).flop());
    case 6: // shown by a quarter turn clockwise
      return await step(picture.rotate(270));
    case 7: // the transpose along the other diagonal
      return await step((await step(picture.rotate(270))).flop());
    case 8:
      return await step(picture.rotate(90));
    default:
      return await step(picture);
  }
}
