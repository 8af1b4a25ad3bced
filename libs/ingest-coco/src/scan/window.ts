/** Bytes kept free behind the data: the first is a 0 that ends every run of digits, letters and blanks. */
const SLACK = 64;

/**
 * The stretch of the file that is being parsed. Bytes are appended at its end; what was parsed is dropped when room is
 * needed. Behind the last byte always stands a 0, which no JSON token contains, so inner loops need no bound check.
 */
export class ByteWindow {
  bytes = new Uint8Array(SLACK);
  /** Where the bytes lie as long as they fit there, if such a place was given. */
  lent: Uint8Array<ArrayBuffer> | undefined = undefined;
  /** Bytes that count. */
  length = 0;
  /** Offset in the file of `bytes[0]`. */
  base = 0;
  /** No more bytes will come. */
  ended = false;
  #own = this.bytes;

  /** Drops the first `count` bytes and appends `chunk`. */
  push(count: number, chunk: Uint8Array): void {
    const rest = this.length - count;
    const needed = rest + chunk.length + SLACK;
    const room = this.#room(needed);
    if (room !== this.bytes) {
      room.set(this.bytes.subarray(count, this.length));
      this.bytes = room;
    } else if (count > 0) {
      this.bytes.copyWithin(0, count, this.length);
    }
    this.bytes.set(chunk, rest);
    this.base += count;
    this.length = rest + chunk.length;
    this.bytes[this.length] = 0;
  }

  #room(needed: number): Uint8Array<ArrayBuffer> {
    if (this.lent !== undefined && needed <= this.lent.length) return this.lent;
    const { length } = this.#own;
    if (needed > length) this.#own = new Uint8Array(Math.max(needed, Math.min(length * 2, needed + (16 << 20))));
    return this.#own;
  }
}
