import { readCoco } from '@datavis/ingest-coco';
import { isDataVisError, MAX_BATCH_ROWS, type CocoBatch } from '@datavis/plugin-sdk';
import type { ReadSource } from '@datavis/storage';
import { assertAccount } from './counts.js';
import { wholeChecksum } from './fingerprint.js';
import type { ImportSourceCall, ImportSourceDeps } from './import-source.js';
import type { PlannedSource } from './import-types.js';
import { RunningChecksum } from './running-checksum.js';

/** Of larger files the rows cost more than all that a source costs besides: they gain nothing in a group. */
export const MAX_SMALL_BYTES = 1 << 20;
const MAX_GROUP_BYTES = 8 << 20;
const MAX_GROUP_SOURCES = 512;
/** Bytes of a record, seldom less. A reader makes room for as many rows as a batch may have. */
const RECORD_BYTES = 8;

type RowCounts = Readonly<Record<string, number>>;

/**
 * Reads a small source as a whole, on this thread: a message to another one takes longer. Undefined where it is not the
 * COCO that it should be, or has more rows than go into a commit: then it takes the way of all other sources, which tells
 * what is wrong and keeps what can be kept.
 */
export async function readSmall(
  { source: { store, key }, spec }: PlannedSource,
  commitRows: number,
  { batchRows = MAX_BATCH_ROWS }: Pick<ImportSourceDeps, 'batchRows'>,
  { policy, signal }: Pick<ImportSourceCall, 'policy' | 'signal'>,
): Promise<ReadSource | undefined> {
  const startedAt = new Date();
  const startedMs = performance.now();
  const { version } = spec;
  const checksum = new RunningChecksum();
  const read = async function* (range: object): AsyncGenerator<Uint8Array> {
    for await (const chunk of store.read(key, { ...range, version, signal })) {
      checksum.update(chunk);
      yield chunk;
    }
  };
  const batches: CocoBatch[] = [];
  try {
    const rows = Math.min(batchRows, Math.ceil(spec.sizeBytes / RECORD_BYTES) + 1);
    const reader = readCoco({ version, read }, { policy, signal, batchRows: rows });
    for await (const batch of reader.batches()) batches.push(batch);
    const { cursor, trailingFindings } = reader;
    assertAccount(cursor, spec.uri);
    if (Object.values(rowsOf(batches)).some((rows) => rows > commitRows)) return undefined;
    const whole = await wholeChecksum({ store, key, version }, spec, { digest: checksum.digest() });
    const elapsedMs = performance.now() - startedMs;
    return { spec, startedAt, batches, cursor, trailingFindings, checksum: whole, elapsedMs };
  } catch (error) {
    if (isDataVisError(error) && error.code.startsWith('DATAVIS_INGEST_')) return undefined;
    throw error;
  }
}

function rowsOf(batches: readonly CocoBatch[]): RowCounts {
  const rows: Record<string, number> = {};
  for (const { table, length } of batches) rows[table] = (rows[table] ?? 0) + length;
  return rows;
}

/** Small sources that go into one commit: no more rows of a table than any commit has. */
export class SmallGroup {
  readonly #commitRows: number;
  #sources: { readonly at: number; readonly read: ReadSource }[] = [];
  #rows: Record<string, number> = {};
  #bytes = 0;

  constructor(commitRows: number) {
    this.#commitRows = commitRows;
  }

  /** Whether a source still fits. */
  takes({ spec, batches }: ReadSource): boolean {
    if (this.#sources.length >= MAX_GROUP_SOURCES || this.#bytes + spec.sizeBytes > MAX_GROUP_BYTES) return false;
    return Object.entries(rowsOf(batches)).every(
      ([table, rows]) => rows + (this.#rows[table] ?? 0) <= this.#commitRows,
    );
  }

  add(at: number, read: ReadSource): void {
    this.#sources.push({ at, read });
    this.#bytes += read.spec.sizeBytes;
    for (const [table, rows] of Object.entries(rowsOf(read.batches))) {
      this.#rows[table] = (this.#rows[table] ?? 0) + rows;
    }
  }

  /** The sources so far, in order; the group is empty then. */
  take(): { readonly at: number; readonly read: ReadSource }[] {
    const taken = this.#sources;
    this.#sources = [];
    this.#rows = {};
    this.#bytes = 0;
    return taken;
  }
}
