import { withoutNonFinite } from '../tables/entry.js';
import type { Entry } from '../tables/entry.js';
import { CLOSE_BRACE, COLON, COMMA } from './chars.js';
import type { JsonScanner } from './json-scanner.js';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** The entries of the object that starts at `start`. */
export function readEntries(scanner: JsonScanner, start: number): Entry[] {
  const entries: Entry[] = [];
  let i = scanner.blanks(start + 1);
  if (scanner.bytes[i] === CLOSE_BRACE) return entries;
  for (;;) {
    const keyStart = i;
    const keyEnd = scanner.string(i);
    const valueStart = scanner.expect(scanner.blanks(keyEnd), COLON, ':');
    scanner.nonFinite = 0;
    const valueEnd = scanner.value(valueStart);
    entries.push(entry(scanner, keyStart, keyEnd, valueStart, valueEnd));
    i = scanner.blanks(valueEnd);
    if (scanner.bytes[i] === CLOSE_BRACE) return entries;
    i = scanner.expect(i, COMMA, ', or }');
  }
}

function entry(scanner: JsonScanner, keyStart: number, keyEnd: number, start: number, end: number): Entry {
  const { bytes, base } = scanner;
  const rawKey = bytes.subarray(keyStart, keyEnd);
  const nonFinite = scanner.nonFinite > 0;
  const found = bytes.subarray(start, end);
  const text = nonFinite ? withoutNonFinite(utf8.decode(found)) : utf8.decode(found);
  return {
    key: JSON.parse(utf8.decode(rawKey)) as string,
    rawKey,
    value: JSON.parse(text),
    text,
    raw: nonFinite ? encoder.encode(text) : found,
    nonFinite,
    byteOffset: base + (nonFinite ? scanner.nonFiniteAt : start),
  };
}

/** The JSON text of a value that has been scanned, without non-finite tokens. */
export function jsonText(scanner: JsonScanner, start: number, end: number): string {
  const text = utf8.decode(scanner.bytes.subarray(start, end));
  return scanner.nonFinite > 0 ? withoutNonFinite(text) : text;
}
