import type { AnnotationTable } from '../tables/annotation-table.js';
import { polygonFlags } from '../tables/segmentation.js';
import { ANNOTATION_RULES } from '../findings/rules.js';
import * as c from './chars.js';
import { UNUSUAL } from './fast-values.js';
import type { FastValues } from './fast-values.js';
import type { JsonScanner } from './json-scanner.js';

const { bits } = ANNOTATION_RULES;
const COUNTS = Array.from('"counts"', (x) => x.charCodeAt(0));
const SIZE = Array.from('"size"', (x) => x.charCodeAt(0));

/** Reader of `segmentation`: polygons number by number, a run-length encoding as found. */
export function fastSegmentation(
  scanner: JsonScanner,
  values: FastValues,
  table: AnnotationTable,
): (i: number) => number {
  const { polygons } = table;

  function readPolygons(i: number): number {
    const { bytes } = scanner;
    table.builder.present |= table.polygonsBit;
    i = scanner.blanks(i + 1);
    if (bytes[i] === c.CLOSE_BRACKET) {
      table.flags |= bits.segmentationEmpty;
      return i + 1;
    }
    for (;;) {
      if (bytes[i] !== c.OPEN_BRACKET) return UNUSUAL;
      const before = polygons.length;
      i = values.numbers(i + 1, polygons);
      if (i === UNUSUAL) return UNUSUAL;
      polygons.endPart();
      const count = polygons.length - before;
      if (count < 6 || count % 2 !== 0) table.flags |= polygonFlags(count);
      i = scanner.blanks(i);
      if (bytes[i] === c.CLOSE_BRACKET) return i + 1;
      if (bytes[i] !== c.COMMA) return UNUSUAL;
      i = scanner.blanks(i + 1);
    }
  }

  function readRle(start: number): number {
    const { bytes } = scanner;
    let hasCounts = false;
    let hasSize = false;
    scanner.nonFinite = 0;
    let i = scanner.blanks(start + 1);
    if (bytes[i] === c.CLOSE_BRACE) return UNUSUAL;
    for (;;) {
      const keyStart = i;
      i = scanner.blanks(scanner.string(i));
      if (scanner.escaped || bytes[i] !== c.COLON) return UNUSUAL;
      i = scanner.blanks(i + 1);
      const first = bytes[i]!;
      if (startsWith(bytes, keyStart, COUNTS)) hasCounts = first === c.QUOTE || first === c.OPEN_BRACKET;
      else if (startsWith(bytes, keyStart, SIZE)) hasSize = first === c.OPEN_BRACKET;
      i = scanner.blanks(scanner.value(i));
      if (bytes[i] === c.CLOSE_BRACE) break;
      if (bytes[i] !== c.COMMA) return UNUSUAL;
      i = scanner.blanks(i + 1);
    }
    if (!hasCounts || !hasSize || scanner.nonFinite > 0) return UNUSUAL;
    table.rle.append(bytes, start, i + 1);
    table.builder.present |= table.rleBit;
    return i + 1;
  }

  return (i) => {
    const first = scanner.bytes[i];
    if (first === c.OPEN_BRACKET) return readPolygons(i);
    return first === c.OPEN_BRACE ? readRle(i) : UNUSUAL;
  };
}

function startsWith(bytes: Uint8Array, start: number, text: readonly number[]): boolean {
  for (let k = 0; k < text.length; k++) if (bytes[start + k] !== text[k]) return false;
  return true;
}
