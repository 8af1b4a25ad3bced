import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { KEY_BYTES } from '../key.js';
import type { Extents } from './free-space.js';

/** Where a record lies in the data file. */
export interface Entry {
  /** Bytes of the record. */
  readonly length: number;
  readonly extents: Extents;
}

/** `drop` forgets a key, `touch` makes it the one used last. */
export type JournalOp = { readonly key: string } & ({ readonly put: Entry } | { readonly op: 'drop' | 'touch' });

const HEADER = Buffer.from('DVTHUMBS1\n\0\0\0\0\0\0', 'latin1');
const PUT = 1;
const DROP = 2;
const TOUCH = 3;
const SMALL_BYTES = 8 + KEY_BYTES;

/** Bytes that an entry takes in a journal. */
export function putBytes(entry: Entry): number {
  return SMALL_BYTES + 4 + entry.extents.length * 4;
}

/**
 * What happened to the index, in order: checksum (4 bytes), kind (2), count of extents (2), key (16); of a put also the
 * length (4) and the extents (8 each). A torn end, as a crash leaves it, is where reading stops.
 */
export class Journal {
  readonly path: string;
  #fd: number;
  /** End of the last whole operation: where the owner writes on, and a reader reads on. */
  #end = 0;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /** Opens the journal, made new if `create`; `undefined` where there is none yet. */
  static open(path: string, create: boolean): Journal | undefined {
    try {
      return new Journal(path, openSync(path, create ? 'r+' : 'r'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return create ? new Journal(path, openSync(path, 'w+')) : undefined;
    }
  }

  get bytes(): number {
    return this.#end;
  }

  /** True when the file under this path is another one than ours: its owner has written it anew. */
  isReplaced(): boolean {
    const now = statSync(this.path, { throwIfNoEntry: false });
    return now !== undefined && now.ino !== fstatSync(this.#fd).ino;
  }

  /** The operations written since the last call. */
  *read(): Generator<JournalOp> {
    const size = fstatSync(this.#fd).size;
    if (size <= this.#end) return;
    const bytes = Buffer.allocUnsafe(size - this.#end);
    const length = readSync(this.#fd, bytes, 0, bytes.length, this.#end);
    let at = 0;
    if (this.#end === 0) {
      if (length < HEADER.length || !bytes.subarray(0, HEADER.length).equals(HEADER)) return;
      at = HEADER.length;
    }
    const base = this.#end;
    for (;;) {
      this.#end = base + at;
      const count = at + SMALL_BYTES <= length ? bytes.readUInt16LE(at + 6) : 0;
      const kind = at + SMALL_BYTES <= length ? bytes.readUInt16LE(at + 4) : 0;
      const end = at + SMALL_BYTES + (kind === PUT ? 4 + count * 8 : 0);
      if (kind < PUT || kind > TOUCH || end > length) return;
      if (bytes.readUInt32LE(at) !== crc32(bytes.subarray(at + 4, end))) return;
      const key = bytes.toString('hex', at + 8, at + SMALL_BYTES);
      if (kind === PUT) yield { key, put: decodeEntry(bytes, at + SMALL_BYTES, count) };
      else yield { key, op: kind === DROP ? 'drop' : 'touch' };
      at = end;
    }
  }

  /** For the owner: cuts off a torn end, and writes the header of a new file. */
  startWriting(): void {
    ftruncateSync(this.#fd, this.#end);
    if (this.#end === 0) this.#write(HEADER);
  }

  /** Writes whole or not at all. */
  append(ops: readonly JournalOp[]): void {
    if (ops.length > 0) this.#write(Buffer.concat(ops.map(encodeOp)));
  }

  /** Replaces the journal by one that holds just these entries, in order of use. */
  rewrite(entries: Iterable<readonly [string, Entry]>): void {
    const parts: Buffer[] = [HEADER];
    for (const [key, put] of entries) parts.push(encodeOp({ key, put }));
    const bytes = Buffer.concat(parts);
    const temporary = `${this.path}.new`;
    const fd = openSync(temporary, 'w+');
    try {
      writeAll(fd, bytes, 0);
      renameSync(temporary, this.path);
    } catch (error) {
      closeSync(fd);
      rmSync(temporary, { force: true });
      throw error;
    }
    closeSync(this.#fd);
    this.#fd = fd;
    this.#end = bytes.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(bytes: Buffer): void {
    try {
      writeAll(this.#fd, bytes, this.#end);
    } catch (error) {
      ftruncateSync(this.#fd, this.#end);
      throw error;
    }
    this.#end += bytes.length;
  }
}

/** Writes all of it at a place of a file; a full disk is an error after a part. */
export function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

function decodeEntry(bytes: Buffer, at: number, count: number): Entry {
  const extents = new Array<number>(count * 2);
  for (let i = 0; i < count * 2; i++) extents[i] = bytes.readUInt32LE(at + 4 + i * 4);
  return { length: bytes.readUInt32LE(at), extents };
}

function encodeOp(op: JournalOp): Buffer {
  const put = 'put' in op ? op.put : undefined;
  const bytes = Buffer.allocUnsafe(put === undefined ? SMALL_BYTES : putBytes(put));
  bytes.writeUInt16LE('put' in op ? PUT : op.op === 'drop' ? DROP : TOUCH, 4);
  bytes.writeUInt16LE(put === undefined ? 0 : put.extents.length / 2, 6);
  bytes.write(op.key, 8, KEY_BYTES, 'hex');
  if (put !== undefined) {
    bytes.writeUInt32LE(put.length, SMALL_BYTES);
    put.extents.forEach((value, i) => bytes.writeUInt32LE(value, SMALL_BYTES + 4 + i * 4));
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}
