import { JpegError } from './jpeg-error.js';
import { type HuffmanTable, LOOKUP_BITS } from './huffman.js';

/** An MCU (64 blocks at the very most) takes fewer bytes; so much may be read beyond the end before it is noticed. */
const SLACK_BYTES = 64 * 256;

/** Places are counted in bits, in 32 of them. */
const MAX_SCAN_BYTES = 2 ** 28 - SLACK_BYTES;

/** More memory than this is not kept for the next scan. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/** Memory for one scan at a time: to get some megabytes afresh takes longer than to fill them. */
let kept = Buffer.alloc(0);

/** The entropy-coded bytes of a scan without their stuffing, cut at the restart markers. */
export interface ScanData {
  /** With zeros behind its end. Good until the next scan is taken. */
  readonly bytes: Buffer;
  /** Where each restart interval ends in `bytes`. */
  readonly ends: readonly number[];
  /** Offset in the file of the marker that ends the scan, or the file's length. */
  readonly nextMarker: number;
}

/** Takes the stuffing out beforehand, by leaps from 0xFF to 0xFF, so that the hot loop need not look for it. */
export function scanData(file: Buffer, start: number): ScanData {
  const bytes = memory(file.length - start + SLACK_BYTES);
  const ends: number[] = [];
  let length = 0;
  let from = start;
  let at = file.indexOf(0xff, start);
  for (; at >= 0 && at + 1 < file.length; at = file.indexOf(0xff, at)) {
    const next = file[at + 1] ?? 0;
    if (next === 0) {
      length += file.copy(bytes, length, from, at + 1);
      at += 2;
      from = at;
    } else if (next >= 0xd0 && next <= 0xd7) {
      length += file.copy(bytes, length, from, at);
      ends.push(length);
      at += 2;
      from = at;
    } else if (next === 0xff) {
      length += file.copy(bytes, length, from, at);
      at += 1;
      from = at;
    } else {
      break;
    }
  }
  const end = at < 0 ? file.length : at;
  length += file.copy(bytes, length, from, end);
  ends.push(length);
  if (length > MAX_SCAN_BYTES) throw new JpegError('too-large', `a scan of ${length} bytes`);
  bytes.fill(0, length, length + SLACK_BYTES);
  return { bytes: bytes.subarray(0, length + SLACK_BYTES), ends, nextMarker: end };
}

function memory(size: number): Buffer {
  if (size > MAX_KEPT_BYTES) return Buffer.allocUnsafeSlow(size);
  if (kept.length < size) kept = Buffer.allocUnsafeSlow(Math.max(size, Math.min(2 * kept.length, MAX_KEPT_BYTES)));
  return kept;
}

/** Reads bits from the most significant on; hot loops keep its fields in local variables. */
export class BitSource {
  readonly view: DataView;
  /** In bits. */
  at = 0;
  readonly #ends: readonly number[];
  /** The first bit that is beyond the end. */
  readonly #beyond: number;
  #interval = 0;

  constructor({ bytes, ends }: ScanData) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#ends = ends;
    this.#beyond = (bytes.length - SLACK_BYTES) * 8 + 1;
  }

  /** Goes to the next restart interval; false when there is none. */
  restart(): boolean {
    if (this.#interval + 1 >= this.#ends.length) return false;
    this.at = (this.#ends[this.#interval++] ?? 0) * 8;
    return true;
  }

  /** @throws when more has been read than there is: the file was cut. */
  checkEnd(): void {
    if (this.at > (this.#ends[this.#interval] ?? 0) * 8) {
      throw new JpegError('corrupt', 'the picture data ends too early');
    }
  }

  /** Keeps what is read next inside the zeros behind the end; to be called after each MCU. */
  stayNearEnd(): void {
    if (this.at > this.#beyond) this.at = this.#beyond;
  }

  /** The next 25 bits, from the highest of 32 on. */
  window(): number {
    return this.view.getInt32(this.at >>> 3) << (this.at & 7);
  }

  bit(): number {
    return this.bits(1);
  }

  bits(size: number): number {
    if (size === 0) return 0;
    const bits = this.window() >>> (32 - size);
    this.at += size;
    return bits;
  }

  /** A signed number of `size` bits: T.81 figure F.12. */
  extend(size: number): number {
    const raw = this.bits(size);
    return size > 0 && raw < 1 << (size - 1) ? raw - (1 << size) + 1 : raw;
  }

  symbol(table: HuffmanTable): number {
    const window = this.window();
    const found = table.lookup[window >>> (32 - LOOKUP_BITS)] ?? 0;
    if (found === 0) return this.longSymbol(table, window);
    this.at += found >> 8;
    return found & 255;
  }

  /** A code of more than 9 bits. */
  longSymbol(table: HuffmanTable, window: number): number {
    const code = window >>> 16;
    let length = LOOKUP_BITS + 1;
    while (code >= (table.maxCode[length] ?? 0)) length++;
    if (length > 16) throw new JpegError('corrupt', 'a code is in no Huffman table');
    this.at += length;
    return table.symbols[(code >> (16 - length)) + (table.delta[length] ?? 0)] ?? 0;
  }
}
