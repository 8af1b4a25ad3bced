import type { CocoBatch, CocoCursor, Finding } from '@datavis/plugin-sdk';
import { readCoco } from '../src/read-coco.js';
import type { ReadCocoOptions } from '../src/options.js';
import { recordsOf } from '../src/records.js';

/** Everything one read gives, for tests. */
export interface Outcome {
  readonly batches: CocoBatch[];
  /** Records by section, in order. */
  readonly records: Record<string, unknown[]>;
  readonly findings: Finding[];
  readonly cursor: CocoCursor;
  /** What the read ended with, if not with the end of the file. */
  readonly error: unknown;
}

/** Reads a document to its end, cut into chunks of `chunkBytes`, parsed as soon as a chunk has come. */
export async function readAll(
  document: string | Uint8Array,
  options: ReadCocoOptions = {},
  chunkBytes = Infinity,
): Promise<Outcome> {
  const bytes = typeof document === 'string' ? new TextEncoder().encode(document) : document;
  const reader = readCoco(chunked(bytes, chunkBytes), {
    ...(chunkBytes < Infinity && { readAheadBytes: 1 }),
    ...options,
  });
  const batches: CocoBatch[] = [];
  let error: unknown;
  try {
    for await (const batch of reader.batches()) batches.push(batch);
  } catch (caught) {
    error = caught;
  }
  const records: Record<string, unknown[]> = {};
  for (const batch of batches) {
    for (const record of recordsOf(batch)) (records[record.section] ??= []).push(record.value);
  }
  const findings = [...batches.flatMap((batch) => batch.findings), ...reader.trailingFindings];
  return { batches, records, findings, cursor: reader.cursor, error };
}

export async function* chunked(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    yield bytes.slice(start, Math.min(bytes.length, start + chunkBytes));
  }
}
