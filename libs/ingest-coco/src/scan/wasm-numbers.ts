import { LITTLE_ENDIAN } from '../columns/builders.js';
import { NUMBERS_WASM } from './numbers-wasm.js';

/** What is used of the WebAssembly API. Not all platforms have it, and TypeScript knows it with the DOM only. */
interface WebAssemblyApi {
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: { readonly read: WasmNumbers['read'] } };
}

const PAGE_BYTES = 64 * 1024;
const WINDOW_BYTES = 4 << 20;
/** Numbers of a batch of JSON are mostly shorter in doubles than 8 MiB. */
const LIST_BYTES = 8 << 20;
const LISTS = 3;

// The layout that numbers.wat has.
const POWERS = 8;
const LAST_LINE_FEED = 80;
const WINDOW_AT = 128;

/**
 * Lists of numbers, read by WebAssembly in half the time that JavaScript takes. It sees one memory only, so the window
 * and the lists lie there. That memory does not grow: what becomes larger moves out, and JavaScript reads it. Pages that
 * nobody writes to take none of the machine's memory.
 */
export class WasmNumbers {
  /** Room for the window. */
  readonly window: Uint8Array<ArrayBuffer>;
  /**
   * Reads numbers from an index of the window on, to an address in the memory and up to a limit. Returns the index behind
   * the last number that has the usual form, and its comma or bracket.
   */
  readonly read: (start: number, address: number, limit: number) => number;
  readonly #buffer: ArrayBuffer;
  /** Address of the end, line feeds. */
  readonly #results: Int32Array;
  readonly #lineStart: Int32Array;
  #taken = WINDOW_AT + WINDOW_BYTES;

  constructor({ Memory, Module, Instance }: WebAssemblyApi) {
    const pages = Math.ceil((WINDOW_AT + WINDOW_BYTES + LISTS * LIST_BYTES) / PAGE_BYTES);
    const memory = new Memory({ initial: pages, maximum: pages });
    this.read = new Instance(new Module(NUMBERS_WASM), { js: { memory } }).exports.read;
    this.#buffer = memory.buffer;
    this.#results = new Int32Array(this.#buffer, 0, 2);
    this.#lineStart = new Int32Array(this.#buffer, LAST_LINE_FEED, 1);
    this.window = new Uint8Array(this.#buffer, WINDOW_AT, WINDOW_BYTES);
    new Float64Array(this.#buffer, POWERS, 8).set(Array.from({ length: 8 }, (_, exponent) => 10 ** exponent));
  }

  /** Address behind the numbers that `read` has written. */
  get end(): number {
    return this.#results[0]!;
  }

  /** Line feeds that `read` has passed. */
  get lineFeeds(): number {
    return this.#results[1]!;
  }

  /** Index behind the last of them. */
  get lineStart(): number {
    return this.#lineStart[0]!;
  }

  /** Room for a list; there are three. */
  list(): Float64Array<ArrayBuffer> {
    const list = new Float64Array(this.#buffer, this.#taken, LIST_BYTES / 8);
    this.#taken += LIST_BYTES;
    return list;
  }
}

/** Undefined where there is no WebAssembly, where a page's policy forbids it, or where there is no address space for it. */
export function wasmNumbers(): WasmNumbers | undefined {
  const { WebAssembly: api } = globalThis as { WebAssembly?: WebAssemblyApi };
  if (api === undefined || !LITTLE_ENDIAN) return undefined;
  try {
    return new WasmNumbers(api);
  } catch {
    return undefined;
  }
}
