import { type Bitmap, decodeJpeg } from './jpeg/decode.js';
import { compileWasm, once, type WasmEncoder } from './wasm.js';

const encoder = once(async () => {
  const codec = (await import('@jsquash/jpeg/encode.js')) as unknown as WasmEncoder;
  await codec.init(await compileWasm('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm'));
  return codec;
});

/** What libjpeg does by default: mozjpeg's own defaults give files 2 % smaller for twice the time. */
const likeLibjpeg = { baseline: true, progressive: false, optimize_coding: true, quant_table: 0 };

export interface JpegDecodeOptions {
  /** Size of the result in pixels, before any rotation. Default: as stored. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** JPEG for jimp: decoded by our own decoder, which shrinks while it decodes; encoded by mozjpeg as WebAssembly. */
export function jpegFormat() {
  return {
    mime: 'image/jpeg' as const,
    encode: async (bitmap: Bitmap, { quality = 75 }: { quality?: number } = {}): Promise<Buffer> => {
      const { data, width, height } = bitmap;
      const image = { data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length), width, height };
      return Buffer.from(await (await encoder()).default(image, { ...likeLibjpeg, quality }));
    },
    decode: (file: Buffer, options: JpegDecodeOptions = {}): Bitmap => decodeJpeg(file, options.size),
  };
}
