import type { Bitmap } from './jpeg/decode.js';
import { compileWasm, once, type WasmDecoder, type WasmEncoder } from './wasm.js';

const encoder = once(async () => {
  const codec = (await import('@jsquash/webp/encode.js')) as unknown as WasmEncoder;
  // Every Node that we support has SIMD, and so the package takes this one.
  await codec.init(await compileWasm('@jsquash/webp/codec/enc/webp_enc_simd.wasm'));
  return codec;
});

const decoder = once(async () => {
  const codec = (await import('@jsquash/webp/decode.js')) as unknown as WasmDecoder;
  await codec.init(await compileWasm('@jsquash/webp/codec/dec/webp_dec.wasm'));
  return codec;
});

/** WebP for jimp, by libwebp compiled to WebAssembly. */
export function webpFormat() {
  return {
    mime: 'image/webp' as const,
    hasAlpha: true,
    encode: async (bitmap: Bitmap, { quality = 75 }: { quality?: number } = {}): Promise<Buffer> => {
      const { data, width, height } = bitmap;
      const image = { data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length), width, height };
      return Buffer.from(await (await encoder()).default(image, { quality, method: 2 }));
    },
    decode: async (file: Buffer): Promise<Bitmap> => {
      const { data, width, height } = await (await decoder()).default(new Uint8Array(file).buffer);
      return { data: Buffer.from(data.buffer, data.byteOffset, data.length), width, height };
    },
  };
}
