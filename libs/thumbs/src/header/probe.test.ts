import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scene, withOrientation } from '../../testing/pictures.js';
import { HEAD_BYTES, probeImage, readHeader } from './probe.js';

const picture = scene(61, 37);
const files = {
  'image/jpeg': await picture.clone().jpeg().toBuffer(),
  'image/png': await picture.clone().png().toBuffer(),
  'image/webp': await picture.clone().webp().toBuffer(),
  'image/gif': await picture.clone().gif().toBuffer(),
  'image/tiff': await picture.clone().tiff().toBuffer(),
  'image/avif': await picture.clone().avif({ effort: 0 }).toBuffer(),
};
const lossless = await picture.clone().webp({ lossless: true }).toBuffer();

describe('type and size', () => {
  test.each(Object.entries(files))('%s', (contentType, bytes) => {
    expect(readHeader(bytes)).toEqual({ contentType, widthPx: 61, heightPx: 37, orientation: 1, frames: 1 });
  });

  test('lossless WebP', () => {
    expect(readHeader(lossless)).toMatchObject({ contentType: 'image/webp', widthPx: 61, heightPx: 37 });
  });

  test('BMP with rows from the top, and the old OS/2 header', () => {
    const windows = Buffer.alloc(54);
    windows.write('BM', 'latin1');
    windows.writeUInt32LE(40, 14);
    windows.writeInt32LE(61, 18);
    windows.writeInt32LE(-37, 22);
    expect(readHeader(windows)).toMatchObject({ contentType: 'image/bmp', widthPx: 61, heightPx: 37 });
    const os2 = Buffer.alloc(26);
    os2.write('BM', 'latin1');
    os2.writeUInt32LE(12, 14);
    os2.writeUInt16LE(61, 18);
    os2.writeUInt16LE(37, 20);
    expect(readHeader(os2)).toMatchObject({ widthPx: 61, heightPx: 37 });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i, size as stored', async (orientation) => {
    const bytes = await withOrientation(picture, orientation);
    expect(readHeader(bytes)).toMatchObject({ widthPx: 61, heightPx: 37, orientation });
  });

  test('EXIF in PNG, WebP and TIFF', async () => {
    const turned = picture.clone().withMetadata({ orientation: 6 });
    expect(readHeader(await turned.clone().png().toBuffer()).orientation).toBe(6);
    expect(readHeader(await turned.clone().webp().toBuffer()).orientation).toBe(6);
    expect(readHeader(await turned.clone().tiff().toBuffer()).orientation).toBe(6);
  });

  test('frames of GIF, WebP and animated PNG', async () => {
    const { default: sharp } = await import('sharp');
    const strip = sharp(Buffer.alloc(20 * 60 * 3, 90), {
      raw: { width: 20, height: 60, channels: 3, pageHeight: 20 },
    });
    // Equal frames are folded into one by the writer, so they differ.
    const pages = await strip
      .composite([
        { input: { create: { width: 20, height: 20, channels: 3, background: 'red' } }, top: 20, left: 0 },
      ])
      .raw()
      .toBuffer();
    const animated = sharp(pages, { raw: { width: 20, height: 60, channels: 3, pageHeight: 20 } });
    expect(readHeader(await animated.clone().gif().toBuffer())).toMatchObject({ heightPx: 20, frames: 3 });
    expect(readHeader(await animated.clone().webp().toBuffer())).toMatchObject({ heightPx: 20, frames: 3 });
    const png = files['image/png'];
    const control = Buffer.from('000000086163544c000000070000000000000000', 'hex');
    expect(readHeader(Buffer.concat([png.subarray(0, 33), control, png.subarray(33)])).frames).toBe(7);
  });
});

describe('a head that is too short', () => {
  test.each(Object.entries(files))('%s: asks for more, and the more is enough in the end', (_, bytes) => {
    let head = 0;
    for (let rounds = 0; rounds < 200; rounds++) {
      const probe = probeImage(bytes.subarray(0, head), head >= bytes.length);
      if (probe.state === 'known') {
        expect(probe.header).toEqual(readHeader(bytes));
        return;
      }
      expect(probe.atLeastBytes).toBeGreaterThan(head);
      head = probe.atLeastBytes;
    }
    expect.fail('never had enough');
  });

  test('a frame header behind 100 KB of other segments', () => {
    const jpeg = files['image/jpeg'];
    const comment = Buffer.alloc(50_002, 0x20);
    comment.writeUInt16BE(0xfffe, 0);
    comment.writeUInt16BE(50_000, 2);
    const long = Buffer.concat([jpeg.subarray(0, 2), comment, comment, jpeg.subarray(2)]);
    const probe = probeImage(long.subarray(0, HEAD_BYTES));
    expect(probe).toMatchObject({ state: 'more' });
    expect(readHeader(long)).toMatchObject({ widthPx: 61, heightPx: 37 });
  });
});

describe('what is no picture', () => {
  test.each([
    ['', 'DATAVIS_THUMBS_CORRUPT'],
    ['<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'DATAVIS_THUMBS_UNSUPPORTED'],
    ['%PDF-1.7 and so on', 'DATAVIS_THUMBS_UNSUPPORTED'],
    ['just some text here', 'DATAVIS_THUMBS_UNSUPPORTED'],
    ['\0\0\0\u0018ftypheic\0\0\0\0', 'DATAVIS_THUMBS_UNSUPPORTED'],
    ['GIF89a', 'DATAVIS_THUMBS_CORRUPT'],
  ])('%j is %s', (text, code) => {
    expect(() => readHeader(Buffer.from(text, 'latin1'))).toThrow(expect.objectContaining({ code }));
  });

  test('a size of zero is refused', () => {
    const png = Buffer.from(files['image/png']);
    png.writeUInt32BE(0, 16);
    expect(() => readHeader(png)).toThrow(expect.objectContaining({ code: 'DATAVIS_THUMBS_CORRUPT' }));
  });

  test('any damage gives a header or a typed error, never anything else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(files), lossless),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }),
        fc.nat(400),
        (file, edits, cut) => {
          const damaged = Buffer.from(file.subarray(0, file.length - cut));
          for (const [at, value] of edits) if (at < damaged.length) damaged[at] = value;
          try {
            const probe = probeImage(damaged, true);
            expect(probe.state).toBe('known');
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^DATAVIS_THUMBS_(CORRUPT|UNSUPPORTED)$/);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
