import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { codeOf, collect, keys, patterned } from '../conformance/harness.js';
import { objectStoreChecks } from '../conformance/index.js';
import { MemoryObjectStore } from '../object-store/memory-object-store.js';
import { openZipStore } from './zip-object-store.js';

async function zipOf(objects: ReadonlyMap<string, Uint8Array>): Promise<Buffer> {
  const zip = new ZipFile();
  let i = 0;
  for (const [key, bytes] of objects) zip.addBuffer(Buffer.from(bytes), key, { compress: i++ % 2 === 0 });
  zip.end();
  return buffer(zip.outputStream);
}

function memoryWith(bytes: Uint8Array): MemoryObjectStore {
  return new MemoryObjectStore({ objects: { 'set.zip': bytes } });
}

describe('a zip archive as a store', () => {
  const checks = objectStoreChecks({
    capabilities: { write: false, list: true, ranges: false, pinned: true },
    manyObjects: 3_000,
    impossibleKeys: (key) => /\\|^[a-z]:/i.test(key),
    create: async (objects) => {
      const parent = memoryWith(await zipOf(objects));
      const store = await openZipStore(parent, 'set.zip');
      return {
        store,
        replace: async (key, bytes) => {
          await parent.write('set.zip', await zipOf(new Map([[key, bytes]])));
        },
        close: () => store.close(),
      };
    },
  });
  // An open archive stays the version that was opened: a new one needs a new store.
  const reopens = /^change: /;
  for (const check of checks) {
    it.skipIf(check.skip !== undefined || reopens.test(check.name))(check.name, () => check.run());
  }
});

/** An archive of one entry, byte for byte, so that it can lie. */
function rawZip(name: string, packed: Buffer, unpackedSize: number, times = 1): Buffer {
  const local = Buffer.alloc(30 + name.length);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(unpackedSize, 22);
  local.writeUInt16LE(name.length, 26);
  local.write(name, 30);
  const central = Array.from({ length: times }, (_, i) => {
    const own = times === 1 ? name : `${i}${name.slice(1)}`;
    const entry = Buffer.alloc(46 + own.length);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(unpackedSize, 24);
    entry.writeUInt16LE(own.length, 28);
    entry.write(own, 46);
    return entry;
  });
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(times, 8);
  end.writeUInt16LE(times, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(local.length + packed.length, 16);
  return Buffer.concat([local, packed, directory, end]);
}

describe('acceptance 18: a hostile or damaged archive', () => {
  const small = deflateRawSync(patterned(1_000));
  const open = (bytes: Uint8Array): Promise<unknown> => openZipStore(memoryWith(bytes), 'set.zip');

  it.each(['../escape.jpg', '/etc/passwd', 'a/../../b.jpg', 'C:/x.jpg'])('refuses the name %s', async (name) => {
    expect(await codeOf(open(rawZip(name, small, 1_000)))).toBe('DATAVIS_STORAGE_ARCHIVE');
  });

  it('refuses a bomb by its ratio, by its sum and by overlapping entries', async () => {
    expect(await codeOf(open(rawZip('bomb.json', small, 4_000_000_000)))).toBe('DATAVIS_STORAGE_ARCHIVE');
    expect(await codeOf(open(rawZip('bomb.json', randomBytes(100_000), 60_000_000, 50)))).toBe(
      'DATAVIS_STORAGE_ARCHIVE',
    );
    const limited = openZipStore(memoryWith(rawZip('a', small, 1_000)), 'set.zip', { maxUnpackedBytes: 999 });
    expect(await codeOf(limited)).toBe('DATAVIS_STORAGE_ARCHIVE');
  });

  it('ends an entry that holds more or other bytes than its header says', async () => {
    for (const size of [10, 999, 1_000, 1_001]) {
      const store = await openZipStore(memoryWith(rawZip('a', small, size)), 'set.zip');
      expect(await codeOf(collect(store.read('a'))), `${size}`).toBe('DATAVIS_STORAGE_CORRUPT');
    }
  });

  it('refuses what is no archive, a cut one, and the wrong key', async () => {
    expect(await codeOf(open(randomBytes(5_000)))).toBe('DATAVIS_STORAGE_ARCHIVE');
    expect(await codeOf(open(new Uint8Array(0)))).toBe('DATAVIS_STORAGE_ARCHIVE');
    expect(await codeOf(open(rawZip('a', small, 1_000).subarray(0, -30)))).toBe('DATAVIS_STORAGE_ARCHIVE');
    expect(await codeOf(openZipStore(memoryWith(small), 'other.zip'))).toBe('DATAVIS_STORAGE_NOT_FOUND');
  });

  it('notices that the archive was replaced while it was open', async () => {
    const parent = memoryWith(await zipOf(new Map([['a', patterned(100)]])));
    const store = await openZipStore(parent, 'set.zip');
    await parent.write('set.zip', await zipOf(new Map([['a', patterned(100, 2)]])));
    expect(await codeOf(collect(store.read('a')))).toBe('DATAVIS_STORAGE_CHANGED');
    expect(await keys(store.list(''))).toEqual(['a']);
  });
});
