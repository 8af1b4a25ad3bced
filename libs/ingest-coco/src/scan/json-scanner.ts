import { IngestError } from '../errors.js';
import type { IngestErrorCode } from '../errors.js';
import * as c from './chars.js';
import { ByteWindow } from './window.js';

/** Thrown when the window ends inside a token and more bytes may come. Never leaves this library. */
export const NEED_MORE = new Error('need more bytes');

const NAMES = ['NaN', 'Infinity', 'true', 'false', 'null'].map((name) => Array.from(name, (x) => x.charCodeAt(0)));

/**
 * Strict JSON (RFC 8259) over a window of bytes, plus Python's bare `NaN`, `Infinity` and `-Infinity`, which are
 * counted so that the caller can decide about them. Every method takes the index of a token's first byte and returns
 * the index behind its last one; `fail` throws {@link NEED_MORE} where only the window has ended.
 */
export class JsonScanner extends ByteWindow {
  /** Whether the last string had an escape. */
  escaped = false;
  /** Non-finite tokens since the caller last reset it, and the index of the first. */
  nonFinite = 0;
  nonFiniteAt = -1;
  /** Line of the byte being read, from 1 (0: unknown), and the file offset at which it starts. */
  line = 1;
  lineStart = 0;
  /** Bytes of this line that continue a character. */
  continuations = 0;

  readonly #maxDepth: number;
  /** Per level: 1 for an object, 0 for an array. */
  readonly #levels: Uint8Array;

  constructor(maxDepth: number) {
    super();
    this.#maxDepth = maxDepth;
    this.#levels = new Uint8Array(maxDepth + 1);
  }

  /** Reads ahead: whatever `read` passes is going to be read again, so its lines do not count. */
  ahead<T>(read: () => T): T {
    const { line, lineStart, continuations } = this;
    try {
      return read();
    } finally {
      this.line = line;
      this.lineStart = lineStart;
      this.continuations = continuations;
    }
  }

  /** Skips blanks. */
  blanks(i: number): number {
    const { bytes } = this;
    for (;;) {
      const x = bytes[i]!;
      if (x === c.LF) this.passLines(1, i + 1);
      else if (x !== c.SPACE && x !== c.TAB && x !== c.CR) return i;
      i++;
    }
  }

  /** Counts line feeds that were passed elsewhere; `start`: index behind the last of them. */
  passLines(count: number, start: number): void {
    if (this.line > 0) this.line += count;
    this.lineStart = this.base + start;
    this.continuations = 0;
  }

  /** Expects one byte, then skips blanks. */
  expect(i: number, byte: number, what: string): number {
    if (this.bytes[i] !== byte) this.fail(i, what);
    return this.blanks(i + 1);
  }

  /** A string, from its opening quote. */
  string(i: number): number {
    const { bytes } = this;
    if (bytes[i] !== c.QUOTE) this.fail(i, 'a string');
    this.escaped = false;
    i++;
    for (;;) {
      let x = bytes[i]!;
      while (c.PLAIN[x] === 1) x = bytes[++i]!;
      if (x === c.QUOTE) return i + 1;
      if (x >= 128) i = this.multibyte(i);
      else if (x === c.BACKSLASH) i = this.escape(i);
      else this.fail(i, x < c.SPACE ? 'the end of the string (raw control characters are not allowed)' : '"');
    }
  }

  /** An escape, from its backslash. */
  escape(i: number): number {
    const { bytes } = this;
    this.escaped = true;
    const x = bytes[i + 1]!;
    if (c.ESCAPE[x] === 1) return i + 2;
    if (x !== c.LOWER_U) this.fail(i + 1, 'an escape letter');
    for (let k = i + 2; k < i + 6; k++) if (c.HEX[bytes[k]!] === 255) this.fail(k, 'a hexadecimal digit');
    return i + 6;
  }

  /** One character of more than one byte: UTF-8 as RFC 3629 has it (no overlong forms, no surrogates). */
  multibyte(i: number): number {
    const { bytes } = this;
    const x = bytes[i]!;
    let low = 0x80;
    let high = 0xbf;
    let size: number;
    if (x >= 0xc2 && x <= 0xdf) size = 2;
    else if (x >= 0xe0 && x <= 0xef) {
      size = 3;
      if (x === 0xe0) low = 0xa0;
      else if (x === 0xed) high = 0x9f;
    } else if (x >= 0xf0 && x <= 0xf4) {
      size = 4;
      if (x === 0xf0) low = 0x90;
      else if (x === 0xf4) high = 0x8f;
    } else this.failEncoding(i);
    for (let k = 1; k < size; k++) {
      const y = bytes[i + k]!;
      if (y < low || y > high) this.failEncoding(i + k);
      low = 0x80;
      high = 0xbf;
    }
    this.continuations += size - 1;
    return i + size;
  }

  /** A number, or a non-finite token that starts with a minus. */
  number(i: number): number {
    const { bytes } = this;
    const start = i;
    if (bytes[i] === c.MINUS) i++;
    if (bytes[i] === c.ZERO) i++;
    else if (isDigit(bytes[i]!)) i = this.digits(i);
    else if (i > start && bytes[i] === c.UPPER_I) {
      const end = this.#name(i);
      this.nonFiniteAt = this.nonFiniteAt === i ? start : this.nonFiniteAt;
      return end;
    } else this.fail(i, 'a digit');
    if (bytes[i] === c.DOT) i = this.digits(i + 1);
    if (bytes[i] === c.LOWER_E || bytes[i] === c.UPPER_E) {
      i++;
      if (bytes[i] === c.PLUS || bytes[i] === c.MINUS) i++;
      i = this.digits(i);
    }
    return i;
  }

  /** One digit or more. */
  digits(i: number): number {
    const { bytes } = this;
    if (!isDigit(bytes[i]!)) this.fail(i, 'a digit');
    do i++;
    while (isDigit(bytes[i]!));
    return i;
  }

  /** Any value. */
  value(start: number): number {
    const { bytes } = this;
    const levels = this.#levels;
    let depth = 0;
    let i = start;
    for (;;) {
      const x = bytes[i]!;
      if (x === c.QUOTE) i = this.string(i);
      else if (x === c.OPEN_BRACE || x === c.OPEN_BRACKET) {
        if (depth >= this.#maxDepth) this.failLimit(i, `nested deeper than ${this.#maxDepth} levels`);
        levels[++depth] = x === c.OPEN_BRACE ? 1 : 0;
        i = this.blanks(i + 1);
        if (bytes[i] === (x === c.OPEN_BRACE ? c.CLOSE_BRACE : c.CLOSE_BRACKET)) {
          i++;
          depth--;
        } else {
          if (x === c.OPEN_BRACE) i = this.#key(i);
          continue;
        }
      } else if (x === c.MINUS || isDigit(x)) i = this.number(i);
      else i = this.#name(i);

      for (;;) {
        if (depth === 0) return i;
        i = this.blanks(i);
        const y = bytes[i];
        const inObject = levels[depth] === 1;
        if (y === c.COMMA) {
          i = this.blanks(i + 1);
          if (inObject) i = this.#key(i);
          break;
        }
        if (y !== (inObject ? c.CLOSE_BRACE : c.CLOSE_BRACKET)) this.fail(i, inObject ? ', or }' : ', or ]');
        i++;
        depth--;
      }
    }
  }

  /** A key and its colon; returns the index of the value. */
  #key(i: number): number {
    if (this.bytes[i] !== c.QUOTE) this.fail(i, 'a key in quotes');
    return this.expect(this.blanks(this.string(i)), c.COLON, ':');
  }

  /** `true`, `false`, `null`, or a non-finite token. */
  #name(i: number): number {
    const { bytes } = this;
    for (let n = 0; n < NAMES.length; n++) {
      const name = NAMES[n]!;
      if (bytes[i] !== name[0]) continue;
      for (let k = 1; k < name.length; k++) if (bytes[i + k] !== name[k]) this.fail(i + k, 'a value');
      if (n < 2 && this.nonFinite++ === 0) this.nonFiniteAt = i;
      return i + name.length;
    }
    return this.fail(i, 'a value');
  }

  fail(i: number, expected: string): never {
    if (i < this.length) {
      const line = String.fromCharCode(this.bytes[i]!);
      const found = /[!-~]/.test(line) ? line : `byte 0x${this.bytes[i]!.toString(16).padStart(2, '0')}`;
      this.#throw('DATAVIS_INGEST_SYNTAX', i, `not JSON: expected ${expected}, found ${found}`);
    }
    if (!this.ended) throw NEED_MORE;
    return this.#throw('DATAVIS_INGEST_TRUNCATED', i, `the file ends where ${expected} is expected`);
  }

  failLimit(i: number, message: string): never {
    return this.#throw('DATAVIS_INGEST_LIMIT', i, message);
  }

  failEncoding(i: number): never {
    if (i >= this.length) this.fail(i, 'the rest of a character');
    return this.#throw('DATAVIS_INGEST_ENCODING', i, 'not UTF-8');
  }

  #throw(code: IngestErrorCode, i: number, message: string): never {
    const byteOffset = this.base + i;
    const column = byteOffset - this.lineStart - this.continuations + 1;
    const place = this.line > 0 ? { byteOffset, line: this.line, column } : { byteOffset };
    throw new IngestError(code, `${message}, at byte ${byteOffset}`, { place });
  }
}

export function isDigit(x: number): boolean {
  return x >= c.ZERO && x <= c.NINE;
}
