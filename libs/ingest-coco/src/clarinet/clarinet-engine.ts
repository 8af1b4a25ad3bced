// Over 300 lines on purpose: one state machine from tokens to records; its states are only understood side by side.
import type { CocoBatch, CocoCursor, Finding } from '@datavis/plugin-sdk';
import { Assembler } from '../assembler.js';
import type { CocoEngine } from '../engine.js';
import { IngestError } from '../errors.js';
import type { IngestErrorCode } from '../errors.js';
import { documentRules } from '../findings/rules.js';
import { notResults, scalarRoot } from '../look-alikes.js';
import type { ReadOptions } from '../options.js';
import { withoutNonFinite } from '../tables/entry.js';
import type { Entry } from '../tables/entry.js';
import { TextWindow } from './text-window.js';
import { ClarinetTokens } from './tokens.js';

const MAX_CHECKED_CHARS = 1 << 20;
const NON_FINITE = ['NaN', 'Infinity', '-Infinity'];
const encoder = new TextEncoder();

interface Span {
  start: number;
  end: number;
  byteOffset: number;
  /** Byte offset of the first NaN or infinity in it, or -1. */
  nonFiniteAt: number;
}

/**
 * The same reader on clarinet's SAX parser: for comparison, and for whoever trusts a second opinion. Fifty times slower
 * than the scanner. Clarinet says where tokens begin and end; what they mean, and whether they are JSON at all, is decided
 * by JSON.parse record by record, because clarinet is not strict.
 *
 * @example
 * ```ts
 * import { readCoco } from '@datavis/ingest-coco';
 * import { clarinetEngine } from '@datavis/ingest-coco/clarinet';
 *
 * const reader = readCoco(new Uint8Array(), { engine: clarinetEngine });
 * ```
 */
export function clarinetEngine(options: ReadOptions): CocoEngine {
  return new ClarinetEngine(options);
}

class ClarinetEngine implements CocoEngine {
  readonly wantedBytes: number;
  readonly #assembler: Assembler;
  readonly #window: TextWindow;
  readonly #tokens: ClarinetTokens;
  readonly #options: ReadOptions;
  #error: Error | undefined;
  /** Index of the character being read, and its byte offset. */
  #index = 0;
  #byteOffset = 0;
  #root: 'none' | 'object' | 'list' | 'closed' | 'foreign' = 'none';
  /** Depth at which records begin, or top-level values where no section is open. */
  #unitDepth = 1;
  /** The record, or top-level value, being read; its key as found, and where the key is. */
  #unit: Span | undefined;
  #unitKey = '';
  #unitKeyOffset = 0;
  /** The values of its keys, if it is an object. */
  #values: (Span & { key: string })[] = [];
  #keyStart = 0;
  #keyOffset = 0;
  #key = '';
  #hasMark = false;
  /** A key of the root, or of a section, waits for its value. */
  #keyWaits = false;

  constructor(options: ReadOptions) {
    this.#options = options;
    this.#assembler = new Assembler(options);
    this.wantedBytes = options.readAheadBytes;
    this.#window = new TextWindow(options.from?.byteOffset ?? 0);
    this.#tokens = new ClarinetTokens({
      onValueStart: () => {
        this.#startValue();
      },
      onValueEnd: (before) => {
        this.#endValue(before);
      },
      onKeyStart: () => {
        this.#keyStart = this.#index;
        this.#keyOffset = this.#byteOffset;
      },
      onKeyEnd: () => {
        this.#key = this.#window.text.slice(this.#keyStart, this.#window.at);
        if (this.#unit === undefined) this.#keyWaits = true;
      },
      onComma: () => {
        this.#checkKey();
      },
      onError: (message) => {
        this.#fail('DATAVIS_INGEST_SYNTAX', `not JSON: ${message}`, this.#byteOffset);
      },
    });
    if (options.from !== undefined && options.from.byteOffset > 0) this.#resume(options.from);
  }

  get cursor(): CocoCursor {
    return this.#assembler.cursor;
  }

  takeFindings(): Finding[] {
    return this.#assembler.takeFindings();
  }

  push(chunk: Uint8Array, last: boolean): void {
    try {
      this.#window.push(chunk, last);
    } catch {
      this.#window.ended = true;
      this.#error ??= this.#errorAt('DATAVIS_INGEST_ENCODING', 'not UTF-8', this.#window.byteOffset);
    }
  }

  next(): CocoBatch | undefined {
    const assembler = this.#assembler;
    try {
      while (assembler.ready.length === 0 && this.#error === undefined && !assembler.done) {
        if (!this.#step()) break;
      }
    } catch (error) {
      assembler.table?.rollback();
      assembler.flush();
      this.#error = assembler.located(error);
    }
    const batch = assembler.ready.shift();
    if (batch === undefined && this.#error !== undefined) throw this.#error;
    return batch;
  }

  /** Lets clarinet believe that it has read what lies before the cursor. */
  #resume({ kind, section, index, sections }: CocoCursor): void {
    const inObject = section !== null && this.#assembler.section?.form === 'object';
    const element = index === 0 ? '' : inObject ? '"":null' : 'null';
    const opener =
      section === null ? (sections.length > 0 ? '"":null' : '') : `"":${inObject ? '{' : '['}${element}`;
    if (kind === 'results' && section === null) this.#root = 'closed';
    else {
      this.#root = kind === 'results' ? 'list' : 'object';
      // Values at no unit's depth, so that they are passed by.
      this.#unitDepth = -1;
      for (const char of kind === 'results' ? `[${element}` : `{${opener}`) this.#tokens.write(char);
    }
    this.#unitDepth = kind === 'results' || section === null ? 1 : 2;
    this.#keyWaits = false;
  }

  /** Reads one character, or one NaN or infinity. Returns false when more text is needed. */
  #step(): boolean {
    const window = this.#window;
    this.#index = window.at;
    this.#byteOffset = window.byteOffset;
    const char = window.peek();
    if (this.#root === 'foreign') return this.#foreign();
    if (char === '') return window.ended && this.#end();
    if (char === '\0') this.#fail('DATAVIS_INGEST_SYNTAX', 'not JSON: a NUL', this.#byteOffset);
    if (this.#root === 'none' || this.#root === 'closed') return this.#outside(char);
    if (this.#tokens.expectsValue && '-NI'.includes(char)) {
      const token = NON_FINITE.find((name) => window.text.startsWith(name, window.at));
      if (token !== undefined) return this.#nonFinite(token.length);
      const rest = window.text.slice(window.at);
      if (!window.ended && NON_FINITE.some((name) => name.startsWith(rest))) return false;
    }
    window.next();
    this.#tokens.write(char);
    return true;
  }

  /** Before the root value, and behind it. */
  #outside(char: string): boolean {
    const window = this.#window;
    if (this.#root === 'none' && char === '\ufeff' && this.#byteOffset === 0) this.#hasMark = true;
    else if (' \t\r\n'.includes(char)) {
      window.next();
      return true;
    } else if (this.#root === 'closed') {
      this.#fail('DATAVIS_INGEST_SYNTAX', 'not JSON: something follows the root value', this.#byteOffset);
    } else if (char === '{') {
      this.#root = 'object';
      this.#openRoot(this.#byteOffset + 1);
    } else if (char === '[') this.#root = 'list';
    else {
      this.#root = 'foreign';
      return true;
    }
    window.next();
    if (char !== '\ufeff') this.#tokens.write(char);
    return true;
  }

  #openRoot(end: number): void {
    if (this.#hasMark) this.#assembler.byteOrderMark();
    this.#assembler.advance(end);
  }

  #nonFinite(length: number): true {
    const window = this.#window;
    this.#tokens.write('n');
    for (let i = 0; i < length; i++) window.next();
    for (const span of [this.#unit, this.#values.at(-1)])
      if (span?.nonFiniteAt === -1) span.nonFiniteAt = this.#byteOffset;
    for (const char of 'ull') this.#tokens.write(char);
    return true;
  }

  #startValue(): void {
    const { depth } = this.#tokens;
    const char = this.#window.text.charAt(this.#index);
    if (depth - this.#unitDepth >= this.#options.maxDepth && '[{'.includes(char)) {
      this.#fail('DATAVIS_INGEST_LIMIT', `nested deeper than ${this.#options.maxDepth} levels`, this.#byteOffset);
    }
    const span = { start: this.#index, end: 0, byteOffset: this.#byteOffset, nonFiniteAt: -1 };
    if (this.#unit === undefined && depth === this.#unitDepth) {
      const needsKey = this.#root === 'object' && (depth === 1 || this.#assembler.section?.form === 'object');
      if (needsKey && !this.#keyWaits)
        this.#fail('DATAVIS_INGEST_SYNTAX', 'not JSON: a value without a key', this.#byteOffset);
      this.#keyWaits = false;
      if (this.#root === 'object' && depth === 1 && this.#opensSection(char)) return;
      this.#unit = span;
      this.#unitKey = this.#key;
      this.#unitKeyOffset = this.#keyOffset;
      this.#values = [];
    } else if (this.#unit !== undefined && depth === this.#unitDepth + 1)
      this.#values.push({ ...span, key: this.#key });
  }

  #opensSection(char: string): boolean {
    const name = this.#parse(this.#key, this.#keyOffset) as string;
    if (char !== '[' && !(char === '{' && this.#assembler.tables.has(name))) return false;
    this.#assembler.openSection(name, char === '[' ? 'array' : 'object', this.#keyOffset, this.#byteOffset + 1);
    this.#unitDepth = 2;
    return true;
  }

  #endValue(before: boolean): void {
    const { depth } = this.#tokens;
    const end = before ? this.#index : this.#window.at;
    const endOffset = before ? this.#byteOffset : this.#window.byteOffset;
    if (this.#unit !== undefined) {
      const value = this.#values.at(-1);
      if (depth === this.#unitDepth) {
        this.#unit.end = end;
        this.#endUnit(this.#unit, endOffset);
      } else if (value !== undefined && depth === this.#unitDepth + 1) value.end = end;
    } else if (depth < this.#unitDepth && this.#unitDepth > 0) {
      this.#checkKey();
      if (this.#assembler.section !== undefined) this.#assembler.closeSection(endOffset);
      else if (this.#root === 'list') this.#startForeign(0);
      else this.#assembler.advance(endOffset);
      if (depth === 0 && this.#root !== 'foreign') this.#root = 'closed';
      this.#unitDepth = 1;
    }
  }

  #endUnit(unit: Span, endOffset: number): void {
    const assembler = this.#assembler;
    if (this.#root === 'list' && assembler.section === undefined) {
      const keys = this.#values.map(({ key }) => key);
      if (!keys.includes('"image_id"') && !keys.includes('"video_id"')) {
        this.#startForeign(unit.start);
        return;
      }
      assembler.openResults(unit.byteOffset);
      this.#openRoot(unit.byteOffset);
    }
    const { maxRecordBytes } = this.#options;
    if (endOffset - unit.byteOffset > maxRecordBytes) {
      this.#fail('DATAVIS_INGEST_LIMIT', `a record is larger than ${maxRecordBytes} bytes`, unit.byteOffset);
    }
    const text = this.#textOf(unit);
    const value = this.#parse(text, unit.byteOffset);
    const { section, table } = assembler;
    if (section === undefined) {
      const name = this.#parse(this.#unitKey, this.#unitKeyOffset) as string;
      const place = { byteOffset: this.#unitKeyOffset, end: endOffset, key: undefined };
      assembler.addValue(name, text, unit.nonFiniteAt, place);
    } else {
      const key =
        section.form === 'object'
          ? encoder.encode(this.#parse(this.#unitKey, this.#unitKeyOffset) as string)
          : undefined;
      const place = { byteOffset: unit.byteOffset, end: endOffset, key };
      if (table === undefined) assembler.addRaw(encoder.encode(text), unit.nonFiniteAt, place);
      else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        assembler.addEntries(
          table,
          this.#values.map((span) => this.#entry(span)),
          place,
        );
      } else assembler.refuse(this.#window.text.slice(unit.start, unit.end), place);
    }
    this.#unit = undefined;
    this.#window.drop(this.#index);
    this.#index = 0;
  }

  #entry(span: Span & { key: string }): Entry {
    const text = this.#textOf(span);
    return {
      key: this.#parse(span.key, span.byteOffset) as string,
      rawKey: encoder.encode(span.key),
      value: JSON.parse(text),
      text,
      raw: encoder.encode(text),
      nonFinite: span.nonFiniteAt >= 0,
      byteOffset: span.nonFiniteAt >= 0 ? span.nonFiniteAt : span.byteOffset,
    };
  }

  #textOf({ start, end, nonFiniteAt }: Span): string {
    const text = this.#window.text.slice(start, end);
    return nonFiniteAt >= 0 ? withoutNonFinite(text) : text;
  }

  #checkKey(): void {
    if (this.#keyWaits) this.#fail('DATAVIS_INGEST_SYNTAX', 'not JSON: a key without a value', this.#byteOffset);
  }

  #end(): boolean {
    if (this.#root !== 'closed') {
      this.#fail('DATAVIS_INGEST_TRUNCATED', 'the file ends inside of a value', this.#byteOffset);
    }
    this.#assembler.finish(this.#byteOffset);
    return true;
  }

  /** A root list that is no COCO results; the text is kept from its bracket on. */
  #startForeign(from: number): void {
    this.#root = 'foreign';
    this.#window.at = this.#window.text.lastIndexOf('[', from);
  }

  /** The root is no COCO. Bad JSON is told first, as far as it is found early. */
  #foreign(): boolean {
    const { text, at, ended } = this.#window;
    const start = this.#byteOffset;
    if (!ended && text.length - at < MAX_CHECKED_CHARS) return false;
    if (ended) {
      const rest = text.slice(at);
      const strict = this.#assembler.findings.actionFor(documentRules.nonFinite) === 'stop';
      this.#parse(strict ? rest : withoutNonFinite(rest), start);
    }
    throw text.charAt(at) === '[' ? notResults(start) : scalarRoot(start);
  }

  #parse(json: string, byteOffset: number): unknown {
    try {
      return JSON.parse(json) as unknown;
    } catch (cause) {
      const { message } = cause as Error;
      throw this.#errorAt('DATAVIS_INGEST_SYNTAX', `not JSON: ${message}`, byteOffset);
    }
  }

  #fail(code: IngestErrorCode, message: string, byteOffset: number): never {
    throw this.#errorAt(code, message, byteOffset);
  }

  #errorAt(code: IngestErrorCode, message: string, byteOffset: number): IngestError {
    return new IngestError(code, `${message}, at byte ${byteOffset}`, { place: { byteOffset } });
  }
}
