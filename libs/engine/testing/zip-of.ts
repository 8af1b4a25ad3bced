import { crc32 } from 'node:zlib';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/** Version, flags (names in UTF-8), method (stored), time and date, checksum and sizes of an entry. */
function fields(content: Buffer, nameLength: number): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(20, 0);
  bytes.writeUInt16LE(0x800, 2);
  bytes.writeUInt16LE(0x21, 8);
  bytes.writeUInt32LE(crc32(content), 10);
  bytes.writeUInt32LE(content.length, 14);
  bytes.writeUInt32LE(content.length, 18);
  bytes.writeUInt16LE(nameLength, 22);
  return bytes;
}

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** A zip archive of these files, stored without compression. */
export function zipOf(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const [key, bytes] = [Buffer.from(name), Buffer.from(content)];
    const entry = fields(bytes, key.length);
    const local = Buffer.concat([number(LOCAL), entry, key, bytes]);
    locals.push(local);
    central.push(
      Buffer.concat([number(CENTRAL), Buffer.from([20, 0]), entry, Buffer.alloc(10), number(offset), key]),
    );
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const counts = Buffer.alloc(8);
  counts.writeUInt16LE(central.length, 4);
  counts.writeUInt16LE(central.length, 6);
  const end = Buffer.concat([number(END), counts, number(directory.length), number(offset), Buffer.alloc(2)]);
  return Buffer.concat([...locals, directory, end]);
}
