// Over 300 lines on purpose: one state machine over the top level of a file; its states are only understood side by side.
import type { CocoBatch, CocoCursor, Finding } from '@datavis/plugin-sdk';
import { Assembler } from '../assembler.js';
import type { RecordPlace } from '../assembler.js';
import type { CocoEngine } from '../engine.js';
import { IngestError } from '../errors.js';
import { documentRules } from '../findings/rules.js';
import { notResults, scalarRoot } from '../look-alikes.js';
import type { ReadOptions } from '../options.js';
import type { Entry } from '../tables/entry.js';
import * as c from './chars.js';
import { FastRecords } from './fast-records.js';
import { UNUSUAL } from './fast-values.js';
import { jsonText, readEntries } from './entries.js';
import { isDigit, JsonScanner, NEED_MORE } from './json-scanner.js';
import { wasmNumbers } from './wasm-numbers.js';

type State = 'start' | 'root' | 'section' | 'end' | 'not-coco' | 'done';

/** How far bad JSON is looked for in a file that is no COCO anyway. */
const MAX_CHECKED_BYTES = 1 << 20;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * @param wasmFromBytes Bytes of a file from which on WebAssembly is used: a small file is read before the module is made.
 */
export function scannerEngine(options: ReadOptions, wasmFromBytes = 1 << 20): CocoEngine {
  return new ScannerEngine(options, wasmFromBytes);
}

/**
 * The default engine: a state machine over a window of bytes. Each step reads one record (or one top-level key) as a
 * whole; where the window ends first, the step is forgotten and done again when more bytes have come.
 */
class ScannerEngine implements CocoEngine {
  wantedBytes: number;
  readonly #scanner: JsonScanner;
  readonly #assembler: Assembler;
  readonly #fast: FastRecords;
  readonly #options: ReadOptions;
  #state: State;
  /** Bytes of the window that are done with. */
  #position = 0;
  #rootIsList = false;
  #bytesUntilWasm: number;
  #error: Error | undefined;

  constructor(options: ReadOptions, wasmFromBytes: number) {
    this.#options = options;
    this.#bytesUntilWasm = wasmFromBytes;
    this.#scanner = new JsonScanner(options.maxDepth);
    this.#assembler = new Assembler(options);
    this.#fast = new FastRecords(this.#scanner, this.#assembler);
    this.wantedBytes = options.readAheadBytes;
    const { from } = options;
    this.#state = 'start';
    if (from !== undefined && from.byteOffset > 0) {
      this.#scanner.base = from.byteOffset;
      this.#scanner.line = 0;
      this.#rootIsList = from.kind === 'results';
      this.#state = from.done ? 'done' : from.section === null ? (this.#rootIsList ? 'end' : 'root') : 'section';
    }
  }

  get cursor(): CocoCursor {
    return this.#assembler.cursor;
  }

  takeFindings(): Finding[] {
    return this.#assembler.takeFindings();
  }

  push(chunk: Uint8Array, last: boolean): void {
    if (this.#bytesUntilWasm >= 0) {
      this.#bytesUntilWasm -= chunk.length;
      if (this.#bytesUntilWasm < 0) this.#useWasm();
    }
    this.#scanner.push(this.#position, chunk);
    this.#position = 0;
    this.#scanner.ended = last;
  }

  #useWasm(): void {
    const wasm = wasmNumbers();
    if (wasm !== undefined) this.#fast.useWasm(wasm);
  }

  next(): CocoBatch | undefined {
    const { ready } = this.#assembler;
    while (ready.length === 0 && this.#error === undefined && this.#state !== 'done') {
      if (!this.#tryStep()) break;
    }
    const batch = ready.shift();
    if (batch === undefined && this.#error !== undefined) throw this.#error;
    return batch;
  }

  /** Returns false when more bytes are needed. */
  #tryStep(): boolean {
    const scanner = this.#scanner;
    const { line, lineStart, continuations } = scanner;
    try {
      this.#step();
      return true;
    } catch (error) {
      this.#assembler.table?.rollback();
      if (error !== NEED_MORE) return this.#failed(error);
      Object.assign(scanner, { line, lineStart, continuations });
      const held = scanner.length - this.#position;
      if (this.#state === 'not-coco' && held > MAX_CHECKED_BYTES) return this.#failed(this.#refusal());
      if (held > this.#options.maxRecordBytes) return this.#failed(this.#tooLarge(this.#position));
      // A record that is read again because it was not complete yet is read with twice the bytes: linear in total.
      this.wantedBytes = Math.max(held, this.#options.readAheadBytes);
      return false;
    }
  }

  #failed(error: unknown): true {
    this.#assembler.flush();
    this.#error = this.#assembler.located(error);
    return true;
  }

  #tooLarge(i: number): IngestError {
    const { maxRecordBytes } = this.#options;
    const byteOffset = this.#scanner.base + i;
    return new IngestError(
      'DATAVIS_INGEST_LIMIT',
      `a record or value is larger than ${maxRecordBytes} bytes, at byte ${byteOffset}`,
      { place: { byteOffset }, hint: 'Raise maxRecordBytes if that is meant.' },
    );
  }

  #step(): void {
    switch (this.#state) {
      case 'start':
        this.#start();
        return;
      case 'root':
        this.#topLevelKey();
        return;
      case 'section':
        this.#element();
        return;
      case 'end':
        this.#end();
        return;
      case 'not-coco':
        this.#notCoco();
        return;
      case 'done':
        return;
    }
  }

  /** Moves on: what lies before `i` will not be read again. */
  #advance(i: number, state: State): void {
    this.#position = i;
    this.#state = state;
  }

  #start(): void {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    let i = 0;
    if (bytes[0] === BYTE_ORDER_MARK[0]) {
      for (; i < 3; i++) if (bytes[i] !== BYTE_ORDER_MARK[i]) scanner.failEncoding(i);
      scanner.lineStart = 3;
    } else if (bytes[0]! >= 0xfe) scanner.failEncoding(0);
    i = scanner.blanks(i);
    if (i >= scanner.length) scanner.fail(i, 'a value');
    if (bytes[i] === c.OPEN_BRACE) this.#advance(i + 1, 'root');
    else if (bytes[i] === c.OPEN_BRACKET && scanner.ahead(() => this.#isResults(i))) {
      this.#rootIsList = true;
      this.#assembler.openResults(scanner.base + i + 1);
      this.#advance(i + 1, 'section');
    } else {
      this.#advance(i, 'not-coco');
      return;
    }
    if (bytes[0] === BYTE_ORDER_MARK[0]) this.#assembler.byteOrderMark();
    this.#assembler.advance(scanner.base + i + 1);
  }

  /** Whether the first element of a root list is a prediction. An empty list says nothing of itself, so it is none. */
  #isResults(start: number): boolean {
    const scanner = this.#scanner;
    const i = scanner.blanks(start + 1);
    if (scanner.bytes[i] !== c.OPEN_BRACE) {
      if (i >= scanner.length) scanner.fail(i, 'a value');
      return false;
    }
    return readEntries(scanner, i).some(({ key }) => key === 'image_id' || key === 'video_id');
  }

  /** The root is no COCO. Bad JSON is told first, as far as it is found early. */
  #notCoco(): void {
    const scanner = this.#scanner;
    const start = this.#position;
    scanner.nonFinite = 0;
    const end = scanner.blanks(scanner.value(start));
    if (end < scanner.length) scanner.fail(end, 'the end of the file');
    if (!scanner.ended) throw NEED_MORE;
    if (scanner.nonFinite > 0 && this.#assembler.findings.actionFor(documentRules.nonFinite) === 'stop') {
      scanner.fail(scanner.nonFiniteAt, 'a value');
    }
    throw this.#refusal();
  }

  #refusal(): IngestError {
    const byteOffset = this.#scanner.base + this.#position;
    return this.#scanner.bytes[this.#position] === c.OPEN_BRACKET ? notResults(byteOffset) : scalarRoot(byteOffset);
  }

  #topLevelKey(): void {
    const scanner = this.#scanner;
    const { bytes, base } = scanner;
    let i = scanner.blanks(this.#position);
    if (bytes[i] === c.CLOSE_BRACE) {
      this.#advance(i + 1, 'end');
      return;
    }
    if (this.#assembler.hasSections) i = scanner.expect(i, c.COMMA, ', or }');
    const keyStart = i;
    const keyEnd = scanner.string(i);
    i = scanner.expect(scanner.blanks(keyEnd), c.COLON, ':');
    const name = JSON.parse(utf8.decode(bytes.subarray(keyStart, keyEnd))) as string;
    const opener = bytes[i]!;
    if (opener === c.OPEN_BRACKET || (opener === c.OPEN_BRACE && this.#assembler.tables.has(name))) {
      const form = opener === c.OPEN_BRACKET ? 'array' : 'object';
      this.#assembler.openSection(name, form, base + keyStart, base + i + 1);
      this.#advance(i + 1, 'section');
      return;
    }
    scanner.nonFinite = 0;
    const end = this.#value(i);
    this.#checkSize(i, end);
    const nonFiniteAt = scanner.nonFinite > 0 ? base + scanner.nonFiniteAt : -1;
    const place = { byteOffset: base + keyStart, end: base + end, key: undefined };
    this.#assembler.addValue(name, jsonText(scanner, i, end), nonFiniteAt, place);
    this.#advance(end, 'root');
  }

  #element(): void {
    const scanner = this.#scanner;
    const assembler = this.#assembler;
    const { bytes, base } = scanner;
    const isObject = assembler.section!.form === 'object';
    const closer = isObject ? c.CLOSE_BRACE : c.CLOSE_BRACKET;
    let i = scanner.blanks(this.#position);
    if (bytes[i] === closer) {
      assembler.closeSection(base + i + 1);
      this.#advance(i + 1, this.#rootIsList ? 'end' : 'root');
      return;
    }
    if (assembler.index > 0) i = scanner.expect(i, c.COMMA, isObject ? ', or }' : ', or ]');
    let key: Uint8Array | undefined;
    if (isObject) {
      const keyEnd = scanner.string(i);
      key = encoder.encode(JSON.parse(utf8.decode(bytes.subarray(i, keyEnd))) as string);
      i = scanner.expect(scanner.blanks(keyEnd), c.COLON, ':');
    }
    this.#advance(this.#record(i, key), 'section');
  }

  #record(start: number, key: Uint8Array | undefined): number {
    const scanner = this.#scanner;
    const assembler = this.#assembler;
    const { bytes, base } = scanner;
    const { table } = assembler;
    const placeOf = (end: number): RecordPlace => ({ byteOffset: base + start, end: base + end, key });

    if (table !== undefined && bytes[start] === c.OPEN_BRACE) {
      const { line, lineStart, continuations } = scanner;
      const entries = (): Entry[] => scanner.ahead(() => readEntries(scanner, start));
      let end = this.#fast.read(table, start);
      if (end !== UNUSUAL) {
        this.#checkSize(start, end);
        table.endRow();
        assembler.endRow(table, placeOf(end), entries);
        return end;
      }
      table.rollback();
      Object.assign(scanner, { line, lineStart, continuations });
      end = scanner.value(start);
      this.#checkSize(start, end);
      assembler.addEntries(table, entries(), placeOf(end));
      return end;
    }
    scanner.nonFinite = 0;
    const end = this.#value(start);
    this.#checkSize(start, end);
    if (table !== undefined) {
      assembler.refuse(utf8.decode(bytes.subarray(start, Math.min(end, start + 200))), placeOf(end));
      return end;
    }
    const json = scanner.nonFinite > 0 ? encoder.encode(jsonText(scanner, start, end)) : bytes.subarray(start, end);
    assembler.addRaw(json, scanner.nonFinite > 0 ? base + scanner.nonFiniteAt : -1, placeOf(end));
    return end;
  }

  /** A value inside of the root. A number at the very end of the window may go on, or be cut. */
  #value(start: number): number {
    const scanner = this.#scanner;
    const end = scanner.value(start);
    if (end >= scanner.length && isDigit(scanner.bytes[end - 1]!)) scanner.fail(end, 'the end of the number');
    return end;
  }

  #checkSize(start: number, end: number): void {
    if (end - start > this.#options.maxRecordBytes) throw this.#tooLarge(start);
  }

  #end(): void {
    const scanner = this.#scanner;
    const i = scanner.blanks(this.#position);
    if (i < scanner.length) scanner.fail(i, 'the end of the file');
    if (!scanner.ended) throw NEED_MORE;
    this.#assembler.finish(scanner.base + i);
    this.#advance(i, 'done');
  }
}
