import type { Assembler } from '../assembler.js';
import { ListBuilder } from '../columns/builders.js';
import type { NumbersBuilder } from '../columns/builders.js';
import type { AnnotationTable } from '../tables/annotation-table.js';
import type { ImageTable } from '../tables/image-table.js';
import type { RecordTable } from '../tables/record-table.js';
import * as c from './chars.js';
import { FastValues, UNUSUAL } from './fast-values.js';
import type { JsonScanner } from './json-scanner.js';
import { KeyTable } from './key-table.js';
import { fastSegmentation } from './fast-segmentation.js';
import type { WasmNumbers } from './wasm-numbers.js';

const LOWER_N = 110;

/** Reads the value of key number `key` at `i`; the key stands at `keyStart`. Returns the index behind it, or UNUSUAL. */
type ValueReader = (key: number, i: number, keyStart: number, keyEnd: number) => number;

interface FastTable {
  readonly keys: KeyTable;
  readonly read: ValueReader;
}

/**
 * Records from bytes straight into columns, without an object or a string a record: what makes the reader fast. Only
 * records whose known keys all have their canonical form (or are null) pass; any other is left to the plain path.
 */
export class FastRecords {
  readonly #scanner: JsonScanner;
  readonly #tables = new Map<RecordTable, FastTable>();
  readonly #values: FastValues;
  readonly #lists: readonly NumbersBuilder[];

  constructor(scanner: JsonScanner, { annotations, images }: Assembler) {
    this.#scanner = scanner;
    const values = new FastValues(scanner);
    const box = new ListBuilder(0);
    this.#values = values;
    this.#lists = [annotations.polygons, annotations.keypoints, box];
    this.#tables.set(annotations, {
      keys: new KeyTable(ANNOTATION_KEYS),
      read: annotationReader(scanner, values, annotations, box),
    });
    this.#tables.set(images, { keys: new KeyTable(IMAGE_KEYS), read: imageReader(scanner, values, images) });
  }

  /** From now on WebAssembly reads lists of numbers. */
  useWasm(wasm: WasmNumbers): void {
    this.#values.wasm = wasm;
    this.#scanner.lent = wasm.window;
    for (const list of this.#lists) list.lend(wasm.list());
  }

  /** Writes the record at `start` into `table`. Returns the index behind it, or UNUSUAL: then the row must be rolled back. */
  read(table: RecordTable, start: number): number {
    const fast = this.#tables.get(table);
    if (fast === undefined) return UNUSUAL;
    const scanner = this.#scanner;
    const { keys, read } = fast;
    const { bytes } = scanner;
    keys.startRecord();
    let i = start + 1;
    if (bytes[i]! <= c.SPACE) i = scanner.blanks(i);
    if (bytes[i] === c.CLOSE_BRACE) return i + 1;
    for (let key = -1; ;) {
      const keyStart = i;
      key = keys.find(scanner, i, key);
      if (key < 0 || keys.isRepeated(key)) return UNUSUAL;
      const keyEnd = keys.end;
      i = keyEnd;
      if (bytes[i] !== c.COLON) i = scanner.blanks(i);
      if (bytes[i] !== c.COLON) return UNUSUAL;
      if (bytes[++i]! <= c.SPACE) i = scanner.blanks(i);
      i = read(key, i, keyStart, keyEnd);
      if (i === UNUSUAL) return UNUSUAL;
      if (bytes[i]! <= c.SPACE) i = scanner.blanks(i);
      const x = bytes[i];
      if (x === c.CLOSE_BRACE) return i + 1;
      if (x !== c.COMMA) return UNUSUAL;
      if (bytes[++i]! <= c.SPACE) i = scanner.blanks(i);
    }
  }
}

// Numbers of the keys below: their index in these lists.
const ANNOTATION_KEYS = [
  'id',
  'image_id',
  'category_id',
  'bbox',
  'area',
  'iscrowd',
  'segmentation',
  'keypoints',
  'num_keypoints',
  'caption',
  'score',
  'segments_info',
  'video_id',
  'is_crowd',
];
const IMAGE_KEYS = [
  'id',
  'file_name',
  'width',
  'height',
  'license',
  'coco_url',
  'flickr_url',
  'date_captured',
  'annotations',
];

function annotationReader(
  scanner: JsonScanner,
  values: FastValues,
  table: AnnotationTable,
  box: ListBuilder,
): ValueReader {
  const segmentation = fastSegmentation(scanner, values, table);
  return (key, i, keyStart, keyEnd) => {
    if (key > 12) return key === 13 ? UNUSUAL : values.extra(i, table, keyStart, keyEnd);
    if (scanner.bytes[i] === LOWER_N) return key === 6 ? UNUSUAL : values.extra(i, table, keyStart, keyEnd);
    switch (key) {
      case 0:
        table.hasId = true;
        return values.int64(i, table, table.id, table.idBit);
      case 1:
        table.hasImage = true;
        return values.int64(i, table, table.imageId, table.imageIdBit);
      case 2:
        return values.int64(i, table, table.categoryId, table.categoryIdBit);
      case 3: {
        table.hasBbox = true;
        if (scanner.bytes[i] !== c.OPEN_BRACKET) return UNUSUAL;
        box.length = 0;
        const end = values.numbers(i + 1, box);
        if (box.length !== 4 || end === UNUSUAL) return UNUSUAL;
        table.writeBox(box.values);
        return end;
      }
      case 4:
        table.hasArea = true;
        return values.float64(i, table, table.area, table.areaBit);
      case 5: {
        const digit = scanner.bytes[i]! - c.ZERO;
        const next = scanner.bytes[i + 1]!;
        if ((digit !== 0 && digit !== 1) || !endsValue(next)) return UNUSUAL;
        table.iscrowd.values[table.builder.rows] = digit;
        table.builder.present |= table.iscrowdBit;
        return i + 1;
      }
      case 6:
        return segmentation(i);
      case 7: {
        if (scanner.bytes[i] !== c.OPEN_BRACKET) return UNUSUAL;
        const before = table.keypoints.length;
        const end = values.numbers(i + 1, table.keypoints);
        if (end === UNUSUAL) return UNUSUAL;
        table.closeKeypoints(table.keypoints.length - before);
        return end;
      }
      case 8:
        return values.int32(i, table, table.numKeypoints, table.numKeypointsBit);
      case 9:
        return values.text(i, table, table.caption, table.captionBit);
      case 10:
        return values.float64(i, table, table.score, table.scoreBit);
      case 11:
        return values.jsonArray(i, table, table.segmentsInfo, table.segmentsInfoBit);
      default:
        table.hasImage = true;
        return values.extra(i, table, keyStart, keyEnd);
    }
  };
}

function imageReader(scanner: JsonScanner, values: FastValues, table: ImageTable): ValueReader {
  return (key, i, keyStart, keyEnd) => {
    if (key > 8 || scanner.bytes[i] === LOWER_N) return values.extra(i, table, keyStart, keyEnd);
    switch (key) {
      case 0:
        table.hasId = true;
        return values.int64(i, table, table.id, table.idBit);
      case 1:
        return values.text(i, table, table.fileName, table.fileNameBit);
      case 2:
        return values.int32(i, table, table.width, table.widthBit);
      case 3:
        return values.int32(i, table, table.height, table.heightBit);
      case 4:
        return values.int64(i, table, table.license, table.licenseBit);
      case 5:
        return values.text(i, table, table.cocoUrl, table.cocoUrlBit);
      case 6:
        return values.text(i, table, table.flickrUrl, table.flickrUrlBit);
      case 7:
        return values.text(i, table, table.dateCaptured, table.dateCapturedBit);
      default:
        return UNUSUAL;
    }
  };
}

function endsValue(x: number): boolean {
  return x === c.COMMA || x === c.CLOSE_BRACE || x === c.SPACE || x === c.LF || x === c.CR || x === c.TAB;
}
