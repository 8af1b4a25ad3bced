import { JpegError } from './jpeg-error.js';
import { type HuffmanTable, LOOKUP_BITS } from './huffman.js';

/** A block reads fewer bytes than this; so much may be read beyond the end before it is noticed. */
const SLACK_BYTES = 512;

/** The entropy-coded bytes of a scan without their stuffing, cut at the restart markers. */
export interface ScanData {
  readonly bytes: Uint8Array;
  /** Where each restart interval ends in `bytes`. */
  readonly ends: readonly number[];
  /** Offset in the file of the marker that ends the scan, or the file's length. */
  readonly nextMarker: number;
}

/** Takes the stuffing out beforehand, by leaps from 0xFF to 0xFF, so that the hot loop need not look for it. */
export function scanData(file: Buffer, start: number): ScanData {
  const bytes = Buffer.alloc(file.length - start + SLACK_BYTES);
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
  return { bytes, ends, nextMarker: end };
}

/** Reads bits from the most significant on; hot loops keep its fields in local variables. */
export class BitSource {
  readonly bytes: Uint8Array;
  at = 0;
  /** The lowest `count` bits are those not yet read. */
  buffer = 0;
  count = 0;
  readonly #ends: readonly number[];
  #interval = 0;

  constructor(data: ScanData) {
    this.bytes = data.bytes;
    this.#ends = data.ends;
  }

  /** Goes to the next restart interval; false when there is none. */
  restart(): boolean {
    if (this.#interval + 1 >= this.#ends.length) return false;
    this.at = this.#ends[this.#interval++] ?? 0;
    this.buffer = 0;
    this.count = 0;
    return true;
  }

  /** @throws when more has been read than there is: the file was cut. */
  checkEnd(): void {
    if (this.at - (this.count >> 3) > (this.#ends[this.#interval] ?? 0)) {
      throw new JpegError('corrupt', 'the picture data ends too early');
    }
  }

  fill(): void {
    while (this.count <= 24) {
      this.buffer = (this.buffer << 8) | (this.bytes[this.at++] ?? 0);
      this.count += 8;
    }
  }

  bit(): number {
    if (this.count === 0) this.fill();
    return (this.buffer >>> --this.count) & 1;
  }

  bits(size: number): number {
    if (size === 0) return 0;
    if (this.count < size) this.fill();
    this.count -= size;
    return (this.buffer >>> this.count) & ((1 << size) - 1);
  }

  /** A signed number of `size` bits: T.81 figure F.12. */
  extend(size: number): number {
    const raw = this.bits(size);
    return size > 0 && raw < 1 << (size - 1) ? raw - (1 << size) + 1 : raw;
  }

  symbol(table: HuffmanTable): number {
    if (this.count < 16) this.fill();
    const found = table.lookup[(this.buffer >>> (this.count - LOOKUP_BITS)) & 511] ?? 0;
    if (found !== 0) {
      this.count -= found >> 8;
      return found & 255;
    }
    return this.longSymbol(table);
  }

  /** A code of more than 9 bits; 16 bits are in the buffer. */
  longSymbol(table: HuffmanTable): number {
    const code = (this.buffer >>> (this.count - 16)) & 0xffff;
    let length = LOOKUP_BITS + 1;
    while (code >= (table.maxCode[length] ?? 0)) length++;
    if (length > 16) throw new JpegError('corrupt', 'a code is in no Huffman table');
    this.count -= length;
    return table.symbols[(code >> (16 - length)) + (table.delta[length] ?? 0)] ?? 0;
  }
}
