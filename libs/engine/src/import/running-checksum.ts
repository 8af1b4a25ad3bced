import { crc32 } from 'node:zlib';

/**
 * CRC-32 of a file that is read anyway, chunk by chunk: tells a touched file from a changed one, as Google Cloud Storage
 * does with its objects. At 5 GB a second it costs a third of a SHA-256, which took 4 % of an import's CPU.
 */
export class RunningChecksum {
  #value = 0;

  update(chunk: Uint8Array): void {
    this.#value = crc32(chunk, this.#value);
  }

  /** The checksum as an unsigned 32-bit number. */
  get value(): number {
    return this.#value;
  }

  /** Eight hexadecimal digits. */
  digest(): string {
    return toHex(this.#value);
  }
}

export function toHex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
