import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { scene } from '../../../testing/pictures.js';
import { BitSource, type ScanData, scanData } from './bit-source.js';
import type { BlockReader, BlockTarget } from './block-reader.js';
import { type JpegFrame, type JpegScan, JpegTables, readFrame, readScan } from './frame.js';
import { JpegError } from './jpeg-error.js';
import { MeanReader } from './mean-reader.js';
import { SequentialReader } from './sequential-reader.js';

const noise = sharp({
  create: { width: 80, height: 56, channels: 3, background: 'grey', noise: { type: 'gaussian', sigma: 60 } },
});
const grain = sharp(await noise.png().toBuffer());

/** From next to no coefficients to all of them, with codes of each length. */
const files: Record<string, Buffer> = {
  'smooth, 4:2:0': await scene(80, 56).jpeg({ quality: 60 }).toBuffer(),
  'grain, 4:2:0': await grain.clone().jpeg({ quality: 90 }).toBuffer(),
  'grain, 4:4:4, all coefficients': await grain
    .clone()
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer(),
  'grain, hardly any coefficients': await grain.clone().jpeg({ quality: 1 }).toBuffer(),
  'its own Huffman tables': await grain.clone().jpeg({ quality: 80, optimiseCoding: true }).toBuffer(),
  grey: await grain.clone().greyscale().jpeg({ quality: 85 }).toBuffer(),
};

interface OpenScan {
  readonly frame: JpegFrame;
  readonly scan: JpegScan;
  readonly data: ScanData;
}

/** Reads up to the first scan. */
function open(file: Buffer): OpenScan {
  const tables = new JpegTables();
  let frame: JpegFrame | undefined;
  for (let at = 2; ;) {
    const marker = file[at + 1] ?? 0;
    const end = at + 2 + file.readUInt16BE(at + 2);
    const segment = file.subarray(at + 4, end);
    if (marker === 0xc0) frame = readFrame(marker, segment);
    else if (marker === 0xda && frame !== undefined) {
      return { frame, scan: readScan(frame, tables, segment), data: scanData(file, end) };
    } else tables.read(marker, segment);
    at = end;
  }
}

/** The symbols of the first AC table, as they lie in the file. */
function acSymbols(file: Buffer): Buffer {
  for (let at = 2; ; at += 2 + file.readUInt16BE(at + 2)) {
    if (file[at + 1] !== 0xc4 || file[at + 4] !== 0x10) continue;
    const total = file.subarray(at + 5, at + 21).reduce((sum, count) => sum + count, 0);
    return file.subarray(at + 21, at + 21 + total);
  }
}

/** The place in the data after each block, then all means, or the message of the error. */
function walk(
  { frame, scan, data }: OpenScan,
  reader: (target: BlockTarget, source: BitSource) => BlockReader,
): unknown[] {
  const found: unknown[] = [];
  const source = new BitSource(data);
  const targets = scan.components.map((component) => ({
    component,
    stride: component.storedWide,
    data: new Uint8ClampedArray(component.storedWide * component.storedHigh),
  }));
  const readers = targets.map((target) => reader(target, source));
  try {
    for (let mcu = 0; mcu < frame.mcusWide * frame.mcusHigh; mcu++) {
      const [row, column] = [Math.floor(mcu / frame.mcusWide), mcu % frame.mcusWide];
      for (const each of readers) {
        for (let i = 0; i < each.h * each.v; i++) {
          each.read(row * each.v + Math.floor(i / each.h), column * each.h + (i % each.h));
          found.push(source.at);
        }
      }
      source.stayNearEnd();
    }
  } catch (error) {
    expect(error).toBeInstanceOf(JpegError);
    return [...found, (error as Error).message];
  }
  return [...found, ...targets.map((target) => Buffer.from(target.data).toString('hex'))];
}

const oneByOne = (target: BlockTarget, source: BitSource): BlockReader => new SequentialReader(target, 1, source);
const several = (target: BlockTarget, source: BitSource): BlockReader => new MeanReader(target, source);

describe('passing over coefficients is the same as reading them', () => {
  test.each(Object.keys(files))('%s', (name) => {
    const scan = open(files[name] ?? Buffer.alloc(0));
    const found = walk(scan, several);
    expect(found).toEqual(walk(scan, oneByOne));
    expect(found.filter((each) => typeof each === 'number').at(-1)).toBeLessThanOrEqual(
      (scan.data.ends[0] ?? 0) * 8,
    );
  });

  test('however the data is damaged: the same means, or the same error at the same place', () => {
    const scans = Object.values(files).map((file) => {
      const scan = open(file);
      return { ...scan, data: { ...scan.data, bytes: Buffer.from(scan.data.bytes) } };
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...scans),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (scan, edits) => {
          const bytes = Buffer.from(scan.data.bytes);
          for (const [at, value] of edits) bytes[at % (scan.data.ends[0] ?? 1)] = value;
          const damaged = { ...scan, data: { ...scan.data, bytes } };
          expect(walk(damaged, several)).toEqual(walk(damaged, oneByOne));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('however strange the Huffman tables are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(files)),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (file, edits) => {
          const damaged = Buffer.from(file);
          const symbols = acSymbols(damaged);
          for (const [at, value] of edits) symbols[at % symbols.length] = value;
          const scan = open(damaged);
          expect(walk(scan, several)).toEqual(walk(scan, oneByOne));
        },
      ),
      { numRuns: 100 },
    );
  });
});
