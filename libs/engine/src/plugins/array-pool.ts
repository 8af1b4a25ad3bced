import type { OutputCarriers } from '@datavis/plugin-sdk';

/** Column types whose values lie in one array, one a row. */
const FIXED = {
  bool: Uint8Array,
  i32: Int32Array,
  i64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

export type FixedType = keyof typeof FIXED;
type FixedArray = OutputCarriers[FixedType];

export function isFixed(type: string): type is FixedType {
  return type in FIXED;
}

/**
 * Arrays of the host's own that serve one batch after the other. Until a batch is in the database, each of its columns is
 * 8 KiB outside of the heap: where all of them were new, ten plugins doubled the number of collections of garbage.
 */
export class ArrayPool {
  readonly #free: Readonly<Record<FixedType, FixedArray[]>> = { bool: [], i32: [], i64: [], f32: [], f64: [] };

  /** An array of `length` values, whatever they are. */
  take<T extends FixedType>(type: T, length: number): OutputCarriers[T] {
    const free = this.#free[type];
    for (let array = free.pop(); array !== undefined; array = free.pop()) {
      // Others are of a shorter batch.
      if (array.length === length) return array as OutputCarriers[T];
    }
    return new FIXED[type](length) as OutputCarriers[T];
  }

  /** Takes an array back: what is in it is not needed any more. */
  give(type: FixedType, array: FixedArray): void {
    this.#free[type].push(array);
  }
}
