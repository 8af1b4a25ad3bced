import type { CocoBatch, CocoCursor, Finding } from '@datavis/plugin-sdk';
import type { ReadOptions } from './options.js';

/** Makes the engine of one read. */
export type CocoEngineFactory = (options: ReadOptions) => CocoEngine;

/** How bytes become batches. Bytes go in with `push`, batches come out of `next`. */
export interface CocoEngine {
  /** Appends bytes; `last` says that no more will come. Only when `next` has returned `undefined`. */
  push(chunk: Uint8Array, last: boolean): void;
  /**
   * The next batch; `undefined` when more bytes are needed, or at the end. Throws an `IngestError` where the file is
   * broken, after the last batch before the break has been returned.
   */
  next(): CocoBatch | undefined;
  /** Bytes wanted by the next `push`, at least. */
  readonly wantedBytes: number;
  /** Stands behind the last batch returned; `done` at the end. */
  readonly cursor: CocoCursor;
  /** Findings that came after the last batch. */
  takeFindings(): Finding[];
}
