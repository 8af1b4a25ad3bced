import type { Column } from '@datavis/plugin-sdk';
import { duckdb, type Vector } from './native.js';
import { copy, scratchOf, setValidity, VECTOR_ROWS } from './vector-memory.js';

type TextColumn = Extract<Column, { bytes: Uint8Array }>;

/** Words of 32 bits in a `duckdb_string_t`. */
const ENTRY_WORDS = 4;
const ENTRY_BYTES = ENTRY_WORDS * 4;
/** A text of so many bytes lies in its entry. */
const INLINE_BYTES = 12;

const allValid = new Uint32Array(VECTOR_ROWS / 32).fill(0xffff_ffff);
const noEntry = new Uint8Array(ENTRY_BYTES);

/**
 * Texts into a vector. DuckDB's entry of a text is 16 bytes: its length, and then the text itself, or of a longer one its
 * first 4 bytes and its address. All texts of a column are handed over as one, which DuckDB checks and copies; the entries
 * are made here and point into that copy. A call for each text takes 230 ns a text, which was half of what the images of
 * a dataset cost the event loop.
 *
 * @see https://github.com/duckdb/duckdb/blob/v1.5.5/src/include/duckdb.h (`duckdb_string_t`)
 */
export function writeText(vector: Vector, column: TextColumn, rows: number): void {
  const { bytes, offsets, validity } = column;
  if (validity !== undefined && hasNone(validity, rows)) return;
  if (!followEachOther(column, rows)) {
    writeEach(vector, column, rows);
    return;
  }
  const start = offsets[0] ?? 0;
  const all = bytes.subarray(start, offsets[rows]);
  const address = storeOf(vector, all);
  if (address === undefined) {
    setValidity(vector, validity ?? allValid, rows);
    writeEach(vector, column, rows);
    return;
  }
  const entries = scratchOf(rows * ENTRY_WORDS).fill(0, 0, rows * ENTRY_WORDS);
  const inline = new Uint8Array(entries.buffer);
  for (let row = 0; row < rows; row++) {
    const from = offsets[row] ?? 0;
    const length = (offsets[row + 1] ?? from) - from;
    entries[ENTRY_WORDS * row] = length;
    const shown = length > INLINE_BYTES ? 4 : length;
    for (let at = 0; at < shown; at++) inline[ENTRY_BYTES * row + 4 + at] = bytes[from + at] ?? 0;
    if (length <= INLINE_BYTES) continue;
    const place = address + from - start;
    entries[ENTRY_WORDS * row + 2] = place;
    entries[ENTRY_WORDS * row + 3] = Math.floor(place / 2 ** 32);
  }
  copy(vector, entries, rows * ENTRY_BYTES);
}

function hasNone(validity: Uint32Array, rows: number): boolean {
  for (let word = 0; word < (rows + 31) >>> 5; word++) if (validity[word] !== 0) return false;
  return true;
}

/**
 * Whether the texts lie one behind the other, within the bytes, so that no entry can point anywhere else; and none begins
 * within a character of UTF-8: where all of them together are valid, each is.
 */
function followEachOther({ bytes, offsets }: TextColumn, rows: number): boolean {
  const end = offsets[rows] ?? Infinity;
  if (end > bytes.length) return false;
  for (let row = 0; row < rows; row++) {
    const from = offsets[row] ?? 0;
    if (from > (offsets[row + 1] ?? 0)) return false;
    if (from < end && ((bytes[from] ?? 0) & 0xc0) === 0x80) return false;
  }
  return true;
}

/**
 * Address of the vector's own copy of a text (of no use where it lies in its entry); undefined where it is no UTF-8, for
 * which DuckDB makes row 0 NULL.
 */
function storeOf(vector: Vector, text: Uint8Array): number | undefined {
  copy(vector, noEntry, ENTRY_BYTES);
  duckdb.vector_assign_string_element_len(vector, 0, text);
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, ENTRY_BYTES);
  const entry = new DataView(buffer, byteOffset, ENTRY_BYTES);
  if (entry.getUint32(0, true) !== text.length) return undefined;
  return entry.getUint32(8, true) + entry.getUint32(12, true) * 2 ** 32;
}

/** One by one: what is no UTF-8 becomes NULL. */
function writeEach(vector: Vector, { bytes, offsets, validity }: TextColumn, rows: number): void {
  for (let row = 0; row < rows; row++) {
    if (validity !== undefined && ((validity[row >>> 5] ?? 0) & (1 << (row & 31))) === 0) continue;
    duckdb.vector_assign_string_element_len(vector, row, bytes.subarray(offsets[row], offsets[row + 1]));
  }
}
