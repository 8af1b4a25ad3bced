export interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
}

const ALIGNMENT = 8;

/** Bytes that an array of `byteLength` takes in an {@link Arena}. */
export function padded(byteLength: number): number {
  return Math.ceil(byteLength / ALIGNMENT) * ALIGNMENT;
}

/** Cuts one ArrayBuffer into typed arrays, so that a whole batch is one allocation and one transfer. */
export class Arena {
  readonly #buffer: ArrayBuffer;
  #used = 0;

  /** @param spare Memory of an earlier arena that nobody looks at any more: taken again if it is large enough. */
  constructor(byteLength: number, spare: ArrayBuffer | undefined) {
    if (spare === undefined || spare.byteLength < byteLength) this.#buffer = new ArrayBuffer(byteLength);
    else {
      this.#buffer = spare;
      new Uint8Array(spare, 0, byteLength).fill(0);
    }
  }

  /** A zeroed array of `length` elements. */
  take<T>(type: ArrayType<T>, length: number): T {
    const array = new type(this.#buffer, this.#used, length);
    this.#used += padded(length * type.BYTES_PER_ELEMENT);
    return array;
  }
}
