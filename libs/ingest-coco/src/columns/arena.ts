import type { MemoryPool } from './memory-pool.js';

export interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
}

const ALIGNMENT = 8;

/** Bytes that an array of `byteLength` takes in an {@link Arena}. */
export function padded(byteLength: number): number {
  return Math.ceil(byteLength / ALIGNMENT) * ALIGNMENT;
}

/** Memory is taken in these steps, so that a batch that is a little larger than the one before finds room in its memory. */
const STEP = 128 * 1024;

/** Cuts one ArrayBuffer into typed arrays, so that a whole batch is one allocation and one transfer. */
export class Arena {
  readonly #buffer: ArrayBuffer;
  #used = 0;

  constructor(byteLength: number, pool: MemoryPool) {
    this.#buffer = pool.take(byteLength) ?? new ArrayBuffer(byteLength < STEP ? byteLength : roomFor(byteLength));
  }

  /** An array of `length` elements, which hold whatever was there: all are to be written. */
  take<T>(type: ArrayType<T>, length: number): T {
    const array = new type(this.#buffer, this.#used, length);
    this.#used += padded(length * type.BYTES_PER_ELEMENT);
    return array;
  }
}

function roomFor(byteLength: number): number {
  return Math.ceil((byteLength * 1.1) / STEP) * STEP;
}
