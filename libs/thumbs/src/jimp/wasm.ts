import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A compiled module; the compiler's types for it need those of a browser. */
export type WasmModule = object;

declare const WebAssembly: { compile(bytes: Uint8Array): Promise<WasmModule> };

/**
 * Compiles a WebAssembly file of an installed package. The packages would fetch it themselves, which Node cannot do with
 * file URLs.
 *
 * @param specifier Such as `@jsquash/webp/codec/dec/webp_dec.wasm`.
 */
export async function compileWasm(specifier: string): Promise<WasmModule> {
  return await WebAssembly.compile(await readFile(require.resolve(specifier)));
}

/** What the codecs want of the browser's class of this name. */
export interface ImageDataLike {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** The functions that a @jsquash module has; its own types need those of a browser. */
export interface WasmEncoder {
  init(module: WasmModule): Promise<unknown>;
  default(image: ImageDataLike, options: Readonly<Record<string, number | boolean>>): Promise<ArrayBuffer>;
}
export interface WasmDecoder {
  init(module: WasmModule): Promise<unknown>;
  default(file: ArrayBuffer): Promise<ImageDataLike>;
}

/** Loads a codec at its first use, once. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}
