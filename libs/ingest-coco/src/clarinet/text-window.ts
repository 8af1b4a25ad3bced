/** Decoded text that has not been dropped yet, with the byte offset of the reading position. */
export class TextWindow {
  text = '';
  /** Index of the next character. */
  at = 0;
  /** Byte offset in the file of the next character. */
  byteOffset: number;
  ended = false;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(byteOffset: number) {
    this.byteOffset = byteOffset;
  }

  /** @throws TypeError where the bytes are not UTF-8. */
  push(chunk: Uint8Array, last: boolean): void {
    this.text += this.#decoder.decode(chunk, { stream: !last });
    this.ended = last;
  }

  /** The next character, without passing it; empty at the end of the text. */
  peek(ahead = 0): string {
    return this.text.charAt(this.at + ahead);
  }

  next(): string {
    const code = this.text.charCodeAt(this.at++);
    // Half a surrogate pair stands for two of the four bytes.
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    this.byteOffset += code < 0x80 ? 1 : code < 0x800 || isSurrogate ? 2 : 3;
    return String.fromCharCode(code);
  }

  /** Drops the first `count` characters. */
  drop(count: number): void {
    this.text = this.text.slice(count);
    this.at -= count;
  }
}
