import { BitSource, scanData } from './bit-source.js';
import { type BlockReader, need } from './block-reader.js';
import { type JpegComponent, type JpegFrame, type JpegScan, JpegTables, readFrame, readScan } from './frame.js';
import { idctFor, idctScale } from './idct.js';
import { JpegError } from './jpeg-error.js';
import { MeanReader } from './mean-reader.js';
import { ProgressiveReader } from './progressive-reader.js';
import { SequentialReader } from './sequential-reader.js';
import type { BlockSide } from './zigzag.js';

/** A real file has about ten; each may cost a pass over all blocks. */
const MAX_SCANS = 200;

/** One colour component, at the size its blocks were decoded to. */
export interface JpegPlane {
  readonly data: Uint8ClampedArray;
  readonly stride: number;
  /** Size of the part that belongs to the picture, in pixels of the plane; need not be whole. */
  readonly width: number;
  readonly height: number;
}

export interface JpegPlanes {
  readonly frame: JpegFrame;
  readonly planes: readonly JpegPlane[];
  readonly adobeTransform: number | undefined;
}

interface Work {
  readonly component: JpegComponent;
  readonly side: BlockSide;
  readonly data: Uint8ClampedArray;
  readonly stride: number;
  /** Progressive only: coefficients of all blocks, 64 each. */
  readonly coefficients: Int16Array | undefined;
}

/**
 * Decodes the components of a JPEG, each no larger than needed: `chooseSide` says, from the pixels a side that an 8 x 8
 * block of a component covers in the picture, how many of them to decode. Scans that only add detail beyond that are
 * skipped.
 */
export function decodePlanes(
  file: Buffer,
  chooseSide: (frame: JpegFrame, component: JpegComponent) => BlockSide,
): JpegPlanes {
  const tables = new JpegTables();
  let frame: JpegFrame | undefined;
  let works: Work[] = [];
  let scans = 0;
  for (let at = 2; ;) {
    at = file.indexOf(0xff, at);
    while (at >= 0 && file[at] === 0xff) at++;
    const marker = at < 0 ? undefined : file[at++];
    if (marker === undefined || marker === 0xd9) {
      if (frame === undefined || scans === 0) throw new JpegError('corrupt', 'there is no picture in it');
      if (marker === undefined && frame.progressive)
        throw new JpegError('corrupt', 'the file ends between two scans');
      break;
    }
    if (marker <= 1 || (marker >= 0xd0 && marker <= 0xd7)) continue;
    const segment = file.subarray(at + 2, at + segmentLength(file, at));
    at += segment.length + 2;
    if (marker === 0xda) {
      if (frame === undefined) throw new JpegError('corrupt', 'picture data without a frame header');
      if (++scans > MAX_SCANS) throw new JpegError('too-large', `more than ${MAX_SCANS} scans`);
      const scan = readScan(frame, tables, segment);
      const data = scanData(file, at);
      at = data.nextMarker;
      if (isNeeded(scan, works)) {
        const isLast = !frame.progressive && scan.components.length === frame.components.length;
        decodeScan(frame, scan, new BitSource(data), tables.restartInterval, works);
        if (isLast) break;
      }
    } else if ((marker & 0xf0) === 0xc0 && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      if (frame !== undefined) throw new JpegError('unsupported', 'more than one frame');
      const read = readFrame(marker, segment);
      frame = read;
      works = read.components.map((component) => newWork(read, component, chooseSide(read, component)));
    } else {
      tables.read(marker, segment);
    }
  }
  if (frame.progressive) works.forEach(transformAll);
  const { widthPx, heightPx, maxH, maxV } = frame;
  const planes = works.map(({ component: { h, v }, side, data, stride }) => ({
    data,
    stride,
    width: (((widthPx * h) / maxH) * side) / 8,
    height: (((heightPx * v) / maxV) * side) / 8,
  }));
  return { frame, planes, adobeTransform: tables.adobeTransform };
}

function segmentLength(file: Buffer, at: number): number {
  const length = at + 2 <= file.length ? file.readUInt16BE(at) : 0;
  if (length < 2 || at + length > file.length) throw new JpegError('corrupt', 'a segment is cut');
  return length;
}

function newWork(frame: JpegFrame, component: JpegComponent, side: BlockSide): Work {
  const stride = component.storedWide * side;
  return {
    component,
    side,
    stride,
    data: new Uint8ClampedArray(stride * component.storedHigh * side),
    coefficients: frame.progressive ? new Int16Array(component.storedWide * component.storedHigh * 64) : undefined,
  };
}

/**
 * Of a block that becomes one pixel only the mean counts. Otherwise all scans do: to refine one coefficient, a later scan
 * must know which others are not zero.
 */
function isNeeded(scan: JpegScan, works: readonly Work[]): boolean {
  return works.some(
    ({ component, side }) => scan.components.includes(component) && (side > 1 || scan.spectralStart === 0),
  );
}

/** Walks the MCUs of a scan: T.81 annex A.2. A scan of one component has its blocks alone, without the rounding up. */
function decodeScan(
  frame: JpegFrame,
  scan: JpegScan,
  source: BitSource,
  restartInterval: number,
  works: readonly Work[],
): void {
  const scanned = works.filter(({ component }) => scan.components.includes(component));
  const readers = scanned.map((work) => blockReader(work, source, scan));
  const [first] = readers;
  if (first === undefined) return;
  const alone = readers.length === 1 ? scanned[0]?.component : undefined;
  const wide = alone?.blocksWide ?? frame.mcusWide;
  const high = alone?.blocksHigh ?? frame.mcusHigh;
  let untilRestart = restartInterval === 0 ? Number.POSITIVE_INFINITY : restartInterval;
  for (let row = 0; row < high; row++) {
    for (let column = 0; column < wide; column++) {
      if (untilRestart-- === 0) {
        if (!source.restart()) throw new JpegError('corrupt', 'a restart marker is missing');
        for (const reader of readers) reader.restart();
        untilRestart = restartInterval - 1;
      }
      if (alone !== undefined) first.read(row, column);
      else readMcu(readers, row, column);
      source.stayNearEnd();
    }
    source.checkEnd();
  }
}

/** A function of its own, as V8 compiles what is called often sooner than a long loop that is entered once a picture. */
function readMcu(readers: readonly BlockReader[], row: number, column: number): void {
  for (const reader of readers) {
    const { h, v } = reader;
    for (let y = 0; y < v; y++) {
      for (let x = 0; x < h; x++) reader.read(row * v + y, column * h + x);
    }
  }
}

function blockReader(work: Work, source: BitSource, scan: JpegScan): BlockReader {
  const { component, side, coefficients } = work;
  if (coefficients !== undefined) return new ProgressiveReader(component, coefficients, source, scan);
  return side === 1 ? new MeanReader(work, source) : new SequentialReader(work, side, source);
}

function transformAll({ component, side, data, stride, coefficients }: Work): void {
  if (coefficients === undefined) return;
  const idct = idctFor(side);
  const scale = idctScale(need(component.quant), side);
  for (let row = 0; row < component.blocksHigh; row++) {
    for (let column = 0; column < component.blocksWide; column++) {
      const offset = (row * component.storedWide + column) * 64;
      idct(coefficients, offset, scale, data, (row * stride + column) * side, stride);
    }
  }
}
