import type { CocoBatch, CocoCursor, Finding } from '@datavis/plugin-sdk';
import { MemoryPool } from './columns/memory-pool.js';
import type { CocoEngine } from './engine.js';
import { resolveOptions } from './options.js';
import type { ReadCocoOptions } from './options.js';
import { refuseForeign } from './foreign-bytes.js';
import { scannerEngine } from './scan/scanner-engine.js';
import { recordsOf } from './records.js';
import type { CocoRecord } from './records.js';
import { openSource, versionOf } from './source.js';
import type { CocoSource } from './source.js';

/** One read of one COCO file. */
export interface CocoReader {
  /**
   * The records as typed columns, in file order. Each batch has arrays of its own (they share one `ArrayBuffer`), which
   * the caller may keep or transfer. Breaking out of the loop releases the source.
   *
   * @throws DataVisError `DATAVIS_INGEST_*`, after all batches before the fault have been handed out.
   */
  batches(): AsyncIterableIterator<CocoBatch>;
  /** The records as plain objects, in file order: ten times slower than columns, and as simple as it gets. */
  records(): AsyncIterableIterator<CocoRecord>;
  /**
   * Gives back the memory of a batch, for later ones: its arrays, and all that share their memory, must not be looked at
   * any more. Batches that are not given back are the collector's.
   */
  release(batch: CocoBatch): void;
  /** Stands behind the last batch handed out; after the loop its `done` is true and it has the whole account. */
  readonly cursor: CocoCursor;
  /** Findings that no batch carries, because no row came after them. Complete after the loop. */
  readonly trailingFindings: readonly Finding[];
}

/**
 * Reads a COCO file (dataset or results) as a stream, in memory that does not depend on its size. It can be read once.
 *
 * @example
 * ```ts
 * import { readCoco } from '@datavis/ingest-coco';
 *
 * const response = await fetch('https://example.org/instances.json');
 * const reader = readCoco(response.body!);
 * for await (const batch of reader.batches()) console.log(batch.table, batch.length);
 * console.log(reader.cursor.sections);
 * ```
 */
export function readCoco(source: CocoSource, options: ReadCocoOptions = {}): CocoReader {
  return readCocoInto(source, options, new MemoryPool());
}

/** {@link readCoco} with the memory of batches taken from a pool. */
export function readCocoInto(source: CocoSource, options: ReadCocoOptions, memory: MemoryPool): CocoReader {
  const resolved = resolveOptions(options, versionOf(source), memory);
  const engine = (options.engine ?? scannerEngine)(resolved);
  let cursor = engine.cursor;
  let trailing: Finding[] = [];
  async function* batches(): AsyncGenerator<CocoBatch> {
    const opened = openSource(source, cursor.byteOffset, options.signal);
    const bytes = cursor.byteOffset === 0 ? refuseForeign(opened) : opened;
    try {
      for await (const batch of pump(engine, bytes, options.signal)) {
        cursor = batch.cursor;
        yield batch;
      }
      cursor = engine.cursor;
    } finally {
      trailing = engine.takeFindings();
    }
  }
  return {
    batches,
    async *records() {
      for await (const batch of batches()) yield* recordsOf(batch);
    },
    release(batch) {
      memory.give(memoryOf(batch));
    },
    get cursor() {
      return cursor;
    },
    get trailingFindings() {
      return trailing;
    },
  };
}

/** The one buffer that all columns of a batch share. */
export function memoryOf(batch: CocoBatch): ArrayBuffer {
  return batch.columns.index.values.buffer as ArrayBuffer;
}

/** Drives an engine with the bytes of a source. */
async function* pump(
  engine: CocoEngine,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<CocoBatch> {
  signal?.throwIfAborted();
  if (engine.cursor.done) return;
  const chunks = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      for (let batch = engine.next(); batch !== undefined; batch = engine.next()) {
        yield batch;
        signal?.throwIfAborted();
      }
      if (ended) return;
      for (let gathered = 0; !ended && gathered < engine.wantedBytes;) {
        const result = await chunks.next();
        signal?.throwIfAborted();
        ended = result.done === true;
        const chunk = result.done === true ? EMPTY : result.value;
        engine.push(chunk, ended);
        gathered += chunk.length;
      }
    }
  } finally {
    if (!ended) await chunks.return?.();
  }
}

const EMPTY = new Uint8Array(0);
