import type { JpegComponent } from './frame.js';
import { JpegError } from './jpeg-error.js';

/** Reads the blocks of one component in one scan, in the order in which they are stored. */
export interface BlockReader {
  /** Sampling factors of the component, which say how many of its blocks an MCU has. */
  readonly h: number;
  readonly v: number;
  read(row: number, column: number): void;
  /** At a restart marker, nothing of what was read before counts. */
  restart(): void;
}

/** Where the blocks of a component become pixels. */
export interface BlockTarget {
  readonly component: JpegComponent;
  readonly data: Uint8ClampedArray;
  readonly stride: number;
}

export function need<T>(table: T | undefined): T {
  if (table === undefined) throw new JpegError('corrupt', 'a table that the picture data needs is missing');
  return table;
}
