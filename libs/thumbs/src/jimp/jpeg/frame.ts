import { isStartOfFrame } from '../../header/jpeg.js';
import { HuffmanTable } from './huffman.js';
import { JpegError } from './jpeg-error.js';

export interface JpegComponent {
  readonly id: number;
  /** Sampling factors. */
  readonly h: number;
  readonly v: number;
  readonly quantId: number;
  /** Blocks that hold pixels of the picture. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Blocks that are stored, rounded up to whole MCUs. */
  readonly storedWide: number;
  readonly storedHigh: number;
  dc: HuffmanTable | undefined;
  ac: HuffmanTable | undefined;
  quant: Uint16Array | undefined;
}

export interface JpegFrame {
  readonly progressive: boolean;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly components: readonly JpegComponent[];
  readonly maxH: number;
  readonly maxV: number;
  readonly mcusWide: number;
  readonly mcusHigh: number;
}

/** One scan: which components, which part of the spectrum, which bits. */
export interface JpegScan {
  readonly components: readonly JpegComponent[];
  readonly spectralStart: number;
  readonly spectralEnd: number;
  readonly successiveHigh: number;
  readonly successiveLow: number;
}

/** Tables and settings that segments define for the scans after them. */
export class JpegTables {
  readonly quant: Uint16Array[] = [];
  readonly dc: HuffmanTable[] = [];
  readonly ac: HuffmanTable[] = [];
  restartInterval = 0;
  /** Colour transform of an Adobe segment: 0 none, 1 YCbCr, 2 YCCK; undefined without one. */
  adobeTransform: number | undefined;

  read(marker: number, segment: Buffer): void {
    if (marker === 0xdb) this.#readQuant(segment);
    else if (marker === 0xc4) this.#readHuffman(segment);
    else if (marker === 0xdd) this.restartInterval = segment.readUInt16BE(0);
    else if (marker === 0xee && segment.length >= 12 && segment.toString('latin1', 0, 5) === 'Adobe') {
      this.adobeTransform = segment[11];
    }
  }

  #readQuant(segment: Buffer): void {
    for (let at = 0; at < segment.length;) {
      const spec = segment.readUInt8(at++);
      const table = new Uint16Array(64);
      for (let i = 0; i < 64; i++) {
        table[i] = spec >> 4 === 0 ? segment.readUInt8(at) : segment.readUInt16BE(at);
        at += spec >> 4 === 0 ? 1 : 2;
      }
      this.quant[spec & 3] = table;
    }
  }

  #readHuffman(segment: Buffer): void {
    for (let at = 0; at < segment.length;) {
      const spec = segment.readUInt8(at++);
      const counts = segment.subarray(at, at + 16);
      const total = counts.reduce((sum, count) => sum + count, 0);
      at += 16;
      if (counts.length < 16 || at + total > segment.length || total > 256) {
        throw new JpegError('corrupt', 'a Huffman table is cut');
      }
      const [kind, tables] = spec >> 4 === 0 ? (['dc', this.dc] as const) : (['ac', this.ac] as const);
      tables[spec & 3] = new HuffmanTable(counts, segment.subarray(at, at + total), kind);
      at += total;
    }
  }
}

/** @throws for what is not baseline, extended or progressive Huffman coding of 8 bits. */
export function readFrame(marker: number, segment: Buffer): JpegFrame {
  if (!isStartOfFrame(marker) || marker > 0xc2) {
    throw new JpegError('unsupported', `coding process ${(marker & 15).toString()} is not supported`);
  }
  const bits = segment.readUInt8(0);
  if (bits !== 8) throw new JpegError('unsupported', `${bits} bits a sample are not supported`);
  const heightPx = segment.readUInt16BE(1);
  const widthPx = segment.readUInt16BE(3);
  const count = segment.readUInt8(5);
  if (heightPx === 0 || widthPx === 0) throw new JpegError('corrupt', `the size is ${widthPx} x ${heightPx}`);
  if (count !== 1 && count !== 3 && count !== 4) throw new JpegError('unsupported', `${count} colour components`);
  const raw = Array.from({ length: count }, (_, i) => {
    const sampling = segment.readUInt8(7 + i * 3);
    const [h, v] = [sampling >> 4, sampling & 15];
    if (h < 1 || h > 4 || v < 1 || v > 4) throw new JpegError('corrupt', `sampling factors ${h} x ${v}`);
    return { id: segment.readUInt8(6 + i * 3), h, v, quantId: segment.readUInt8(8 + i * 3) & 3 };
  });
  const maxH = Math.max(...raw.map(({ h }) => h));
  const maxV = Math.max(...raw.map(({ v }) => v));
  const mcusWide = Math.ceil(widthPx / (8 * maxH));
  const mcusHigh = Math.ceil(heightPx / (8 * maxV));
  const components = raw.map((component): JpegComponent => ({
    ...component,
    blocksWide: Math.ceil(Math.ceil((widthPx * component.h) / maxH) / 8),
    blocksHigh: Math.ceil(Math.ceil((heightPx * component.v) / maxV) / 8),
    storedWide: mcusWide * component.h,
    storedHigh: mcusHigh * component.v,
    dc: undefined,
    ac: undefined,
    quant: undefined,
  }));
  return { progressive: marker === 0xc2, widthPx, heightPx, components, maxH, maxV, mcusWide, mcusHigh };
}

export function readScan(frame: JpegFrame, tables: JpegTables, segment: Buffer): JpegScan {
  const count = segment.readUInt8(0);
  const components = Array.from({ length: count }, (_, i) => {
    const id = segment.readUInt8(1 + i * 2);
    const spec = segment.readUInt8(2 + i * 2);
    const component = frame.components.find((each) => each.id === id);
    if (component === undefined) throw new JpegError('corrupt', `a scan names the unknown component ${id}`);
    component.dc = tables.dc[spec >> 4];
    component.ac = tables.ac[spec & 15];
    component.quant ??= tables.quant[component.quantId];
    return component;
  });
  if (count < 1 || count > 4 || new Set(components).size !== count)
    throw new JpegError('corrupt', `a scan of ${count} components`);
  const at = 1 + count * 2;
  const approximation = segment.readUInt8(at + 2);
  const spectralEnd = frame.progressive ? segment.readUInt8(at + 1) : 63;
  const spectralStart = frame.progressive ? segment.readUInt8(at) : 0;
  if (spectralEnd > 63 || spectralStart > spectralEnd) throw new JpegError('corrupt', 'a scan beyond the spectrum');
  return {
    components,
    spectralStart,
    spectralEnd,
    successiveHigh: approximation >> 4,
    successiveLow: approximation & 15,
  };
}
