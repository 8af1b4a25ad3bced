/** Thrown inside a probe when the head at hand is too short. Never leaves this folder. */
export class NeedMoreBytes extends Error {
  readonly atLeastBytes: number;

  constructor(atLeastBytes: number) {
    super(`needs ${atLeastBytes} bytes`);
    this.atLeastBytes = atLeastBytes;
  }
}

/** Thrown inside a probe when the bytes cannot be a header. Never leaves this folder. */
export class BadHeader extends Error {}

/** Numbers at offsets of a file's head; reading past its end throws {@link NeedMoreBytes}. */
export class HeaderReader {
  readonly length: number;
  /** True when the head is the whole file, so that there is nothing more to ask for. */
  readonly complete: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, complete: boolean) {
    this.length = bytes.length;
    this.complete = complete;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  need(end: number): void {
    if (end > this.length) throw new NeedMoreBytes(end);
  }

  u8(at: number): number {
    this.need(at + 1);
    return this.#view.getUint8(at);
  }

  u16(at: number, littleEndian = false): number {
    this.need(at + 2);
    return this.#view.getUint16(at, littleEndian);
  }

  u24le(at: number): number {
    return this.u16(at, true) | (this.u8(at + 2) << 16);
  }

  u32(at: number, littleEndian = false): number {
    this.need(at + 4);
    return this.#view.getUint32(at, littleEndian);
  }

  i32le(at: number): number {
    this.need(at + 4);
    return this.#view.getInt32(at, true);
  }

  /** `length` bytes as Latin-1 text, for magic numbers and chunk names. */
  ascii(at: number, length: number): string {
    this.need(at + length);
    let text = '';
    for (let i = at; i < at + length; i++) text += String.fromCharCode(this.#view.getUint8(i));
    return text;
  }
}
