import { duckdb, type Vector } from './native.js';
import { isValid } from './read-lists.js';

/** A text of more bytes than these stands elsewhere; its entry has the address. See `duckdb_string_t` in duckdb.h. */
const INLINE_BYTES = 12;
const ENTRY_BYTES = 16;
/** Texts that lie so close together in memory are fetched with one call: what is between them is only padding. */
const MAX_GAP_BYTES = 15;

/** Texts that lie one behind the other in memory. */
interface Run {
  readonly firstRow: number;
  readonly rows: number[];
  readonly starts: number[];
  bytes: number;
}

/**
 * The texts of a VARCHAR vector. A call into the engine for each text costs more than the text: of a chunk, mostly all
 * lie one behind the other, and are fetched at once.
 */
export function readTexts(vector: Vector, rows: number): (string | null)[] {
  const data = duckdb.vector_get_data(vector, rows * ENTRY_BYTES);
  const { buffer, byteOffset } = data;
  const entries = new Uint32Array(buffer as ArrayBuffer, byteOffset, rows * 4);
  const bits = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null;
  const inline = Buffer.from(buffer, byteOffset, rows * ENTRY_BYTES);
  const texts = new Array<string | null>(rows).fill(null);
  let run: Run | undefined;
  let [endLow, endHigh] = [0, 0];
  const take = (): void => {
    if (run === undefined) return;
    const at = byteOffset + run.firstRow * ENTRY_BYTES + 8;
    const view = duckdb.get_data_from_pointer(buffer as ArrayBuffer, at, run.bytes);
    const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    for (const [i, row] of run.rows.entries()) {
      const start = run.starts[i] ?? 0;
      texts[row] = bytes.toString('utf8', start, start + (entries[4 * row] ?? 0));
    }
  };
  for (let row = 0; row < rows; row++) {
    if (bits !== null && !isValid(bits, row)) continue;
    const length = entries[4 * row] ?? 0;
    if (length <= INLINE_BYTES) {
      texts[row] = inline.toString('utf8', row * ENTRY_BYTES + 4, row * ENTRY_BYTES + 4 + length);
      continue;
    }
    const low = entries[4 * row + 2] ?? 0;
    const high = entries[4 * row + 3] ?? 0;
    const gap = low - endLow;
    if (run === undefined || high !== endHigh || gap < 0 || gap > MAX_GAP_BYTES) {
      take();
      run = { firstRow: row, rows: [], starts: [], bytes: 0 };
    } else run.bytes += gap;
    run.rows.push(row);
    run.starts.push(run.bytes);
    run.bytes += length;
    // Past 4 GiB the addresses' lower halves begin anew, and so does a run.
    [endLow, endHigh] = [low + length, high];
  }
  take();
  return texts;
}
