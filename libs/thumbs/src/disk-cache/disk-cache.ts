// Over 300 lines on purpose: index, journal and file must never disagree, so all that changes them stands in one place.
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Thumbnail } from '@datavis/plugin-sdk';
import type { ThumbnailCache } from '../cache.js';
import { ThumbsError } from '../errors.js';
import { BlockIndex } from './block-index.js';
import { type Entry, Journal, type JournalOp, putBytes, writeAll } from './journal.js';
import { OwnerLock } from './owner-lock.js';
import { decodeRecord, encodeRecord } from './record.js';

/** Records begin at multiples of this. */
export const BLOCK_BYTES = 1024;
/** For the lock file, and the blocks that a file system rounds up to. */
const LOCK_BYTES = 16_384;
const MIN_BYTES = 1024 * 1024;
/** Uses that are written to the journal together. A crash forgets fewer than this. */
const TOUCHES_AT_ONCE = 256;
/** A record in more pieces than this is not worth keeping. */
const MAX_EXTENTS = 512;
/** How often the owner looks whether it still is, and another process whether it may become the owner. */
const LOCK_CHECK_MS = 5000;

export interface DiskCacheOptions {
  /** Folder of the cache, made if there is none. On a local disk. */
  readonly dir: string;
  /** Everything in the folder together never takes more, in bytes; at least 1 MiB. 15/16 of it hold pictures. */
  readonly maxBytes: number;
  /** Told what kept a thumbnail from being stored, such as a full disk. Default: nobody. */
  readonly onProblem?: (error: ThumbsError) => void;
}

export interface DiskCacheStats {
  readonly entries: number;
  /** Bytes of blocks in use; of a reader, when it opened the folder. */
  readonly usedBytes: number;
  /** What `usedBytes` may come to. */
  readonly capacityBytes: number;
  /** Bytes of all files of the cache. */
  readonly diskBytes: number;
  /** `reader` when another process owns the folder: this one reads what that one writes. */
  readonly role: 'owner' | 'reader';
}

/**
 * Thumbnails on disk: one data file of blocks, an index in memory, and a journal to load it from. A true LRU by bytes: a
 * read makes a key the one used last, and the one used longest ago gives up its blocks. Reads and writes are
 * synchronous, because for records of a few KB that go to the page cache a trip to the thread pool costs ten times the
 * work.
 *
 * Survives `kill -9`: each record carries its key and a checksum, so what is not whole is a miss. A full disk makes the
 * cache go on with the blocks it has. Of several processes the first owns the folder; the others read along, see what
 * it adds, and one of them takes over when it is gone. Needs about 250 bytes of memory an entry.
 */
export class DiskCache implements ThumbnailCache {
  readonly #dir: string;
  readonly #capacityBlocks: number;
  /** For the journal: three fifths of it, so that it can be written anew, in two fifths, beside itself. */
  readonly #reserveBytes: number;
  readonly #onProblem: (error: ThumbsError) => void;
  readonly #lock: OwnerLock;
  readonly #touched = new Set<string>();
  #index: BlockIndex;
  #journal: Journal | undefined;
  #data: number | undefined;
  #owner = false;
  #checkedMs = 0;
  #closed = false;
  /** A full disk had no room for all that happened: the journal is written anew when there is some. */
  #isJournalBehind = false;

  constructor(options: DiskCacheOptions) {
    if (!(options.maxBytes >= MIN_BYTES)) {
      throw new ThumbsError(
        'DATAVIS_THUMBS_OPTIONS',
        `maxBytes is ${options.maxBytes}; at least ${MIN_BYTES} is needed`,
      );
    }
    this.#dir = options.dir;
    this.#onProblem = options.onProblem ?? (() => undefined);
    this.#reserveBytes = Math.floor(options.maxBytes / 16) - LOCK_BYTES;
    this.#capacityBlocks = Math.floor((options.maxBytes - this.#reserveBytes - LOCK_BYTES) / BLOCK_BYTES);
    this.#index = new BlockIndex(this.#capacityBlocks);
    try {
      mkdirSync(this.#dir, { recursive: true });
      this.#lock = new OwnerLock(join(this.#dir, 'owner'));
      this.#openFiles();
    } catch (error) {
      throw new ThumbsError('DATAVIS_THUMBS_CACHE', `The thumbnail cache cannot be opened: ${messageOf(error)}`, {
        cause: error,
        place: { uri: options.dir },
        hint: 'Give it a folder on a local disk that this process may write to.',
      });
    }
  }

  get stats(): DiskCacheStats {
    const data = this.#data === undefined ? 0 : fstatSync(this.#data).size;
    return {
      entries: this.#index.size,
      usedBytes: (this.#capacityBlocks - this.#index.freeBlocks) * BLOCK_BYTES,
      capacityBytes: this.#capacityBlocks * BLOCK_BYTES,
      diskBytes: data + (this.#journal?.bytes ?? 0),
      role: this.#owner ? 'owner' : 'reader',
    };
  }

  get(key: string): Thumbnail | undefined {
    if (this.#closed) return undefined;
    try {
      return this.#owner ? this.#getAsOwner(key) : this.#getAsReader(key);
    } catch (error) {
      this.#report('read', error);
      return undefined;
    }
  }

  peek(key: string): Thumbnail | undefined {
    return this.get(key);
  }

  /** Keeps a thumbnail; a key that is there already counts as used, since equal keys mean equal bytes. */
  put(key: string, thumbnail: Thumbnail): void {
    if (this.#closed) return;
    try {
      if (!this.#isOwner()) return;
      const there = this.#index.get(key);
      if (there !== undefined) this.#touch(key);
      else this.#store(key, encodeRecord(key, thumbnail));
    } catch (error) {
      this.#report('written', error);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      if (this.#owner) this.#log([]);
      this.#mendJournal();
    } catch (error) {
      this.#report('closed', error);
    }
    this.#closeFiles();
    this.#lock.release();
  }

  #getAsOwner(key: string): Thumbnail | undefined {
    const entry = this.#index.get(key);
    if (entry === undefined) return undefined;
    const found = this.#read(key, entry);
    if (found !== undefined) {
      this.#touch(key);
      return found;
    }
    this.#index.drop(key);
    this.#log([{ key, op: 'drop' }]);
    return undefined;
  }

  /** What is not found, or not whole any more, may have moved: the journal knows. */
  #getAsReader(key: string): Thumbnail | undefined {
    const entry = this.#index.get(key);
    const found = entry && this.#read(key, entry);
    if (found !== undefined || !this.#catchUp()) return found;
    const moved = this.#index.get(key);
    return moved && this.#read(key, moved);
  }

  #read(key: string, { length, extents }: Entry): Thumbnail | undefined {
    if (this.#data === undefined) return undefined;
    const record = Buffer.allocUnsafe(length);
    let done = 0;
    for (let i = 0; i < extents.length && done < length; i += 2) {
      const bytes = Math.min(length - done, (extents[i + 1] ?? 0) * BLOCK_BYTES);
      if (readSync(this.#data, record, done, bytes, (extents[i] ?? 0) * BLOCK_BYTES) < bytes) return undefined;
      done += bytes;
    }
    return decodeRecord(key, record);
  }

  #touch(key: string): void {
    this.#index.touch(key);
    // A set keeps the place of the first insertion, the journal needs the last.
    this.#touched.delete(key);
    this.#touched.add(key);
    if (this.#touched.size >= TOUCHES_AT_ONCE) this.#log([]);
  }

  #store(key: string, record: Buffer | undefined): void {
    const blocks = Math.ceil((record?.length ?? 0) / BLOCK_BYTES);
    if (record === undefined || blocks > this.#capacityBlocks) return;
    const ops: JournalOp[] = [];
    const extents = this.#makeRoom(blocks, ops);
    if (extents === undefined) return;
    const entry = { length: record.length, extents };
    const wasBehind = this.#isJournalBehind;
    try {
      this.#write(record, extents);
    } catch (error) {
      this.#index.giveBack(extents);
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') this.#shrink();
      throw error;
    }
    // Also where a full disk has no room for its line in the journal. A start before the journal is whole again would find
    // another key at these blocks, and no record of that key: a miss.
    this.#index.add(key, entry);
    this.#isJournalBehind = true;
    this.#log([...ops, { key, put: entry }]);
    this.#isJournalBehind = wasBehind;
  }

  #makeRoom(blocks: number, ops: JournalOp[]): number[] | undefined {
    const evict = (): boolean => {
      const key = this.#index.dropOldest();
      if (key === undefined) return false;
      this.#touched.delete(key);
      ops.push({ key, op: 'drop' });
      return true;
    };
    while (this.#index.freeBlocks < blocks || this.#index.journalBytes > (this.#reserveBytes * 2) / 5) {
      if (!evict()) return undefined;
    }
    const extents = this.#index.take(blocks);
    if (extents.length / 2 <= MAX_EXTENTS) return extents;
    this.#index.giveBack(extents);
    return undefined;
  }

  #write(record: Buffer, extents: readonly number[]): void {
    if (this.#data === undefined) return;
    let done = 0;
    for (let i = 0; i < extents.length; i += 2) {
      const end = Math.min(record.length, done + (extents[i + 1] ?? 0) * BLOCK_BYTES);
      writeAll(this.#data, record.subarray(done, end), (extents[i] ?? 0) * BLOCK_BYTES);
      done = end;
    }
  }

  /** A full disk: the blocks that the file has already are there to be used again, those beyond are not. */
  #shrink(): void {
    if (this.#data === undefined) return;
    this.#index.shrink(Math.floor(fstatSync(this.#data).size / BLOCK_BYTES));
  }

  #log(ops: readonly JournalOp[]): void {
    const journal = this.#journal;
    if (journal === undefined) return;
    const touches = Array.from(this.#touched, (key): JournalOp => ({ key, op: 'touch' }));
    this.#touched.clear();
    const all = [...touches, ...ops];
    const bytes = all.reduce((sum, op) => sum + ('put' in op ? putBytes(op.put) : 24), 0);
    if (journal.bytes + bytes > this.#maxJournalBytes()) {
      if (!this.#lock.refresh()) {
        this.#becomeReader();
        return;
      }
      journal.rewrite(this.#index.entries());
    }
    journal.append(all);
  }

  #mendJournal(): void {
    if (!this.#owner || !this.#isJournalBehind) return;
    this.#journal?.rewrite(this.#index.entries());
    this.#isJournalBehind = false;
  }

  /** Short enough to be read in a moment at the next start, long enough to be written anew rarely. */
  #maxJournalBytes(): number {
    return Math.min((this.#reserveBytes * 3) / 5, 2 * this.#index.journalBytes + 1024 * 1024);
  }

  #isOwner(): boolean {
    const now = performance.now();
    if (now - this.#checkedMs < LOCK_CHECK_MS) return this.#owner;
    this.#checkedMs = now;
    if (this.#owner) {
      if (!this.#lock.refresh()) this.#becomeReader();
      this.#mendJournal();
    } else {
      this.#closeFiles();
      this.#openFiles();
    }
    return this.#owner;
  }

  #becomeReader(): void {
    this.#closeFiles();
    this.#openFiles();
  }

  #openFiles(): void {
    this.#checkedMs = performance.now();
    this.#owner = this.#lock.acquire();
    this.#isJournalBehind = false;
    this.#journal = Journal.open(join(this.#dir, 'journal'), this.#owner);
    this.#index = new BlockIndex(this.#capacityBlocks);
    if (this.#journal !== undefined) this.#index.replay(this.#journal.read());
    this.#index.settle();
    this.#data = openData(join(this.#dir, 'blocks'), this.#owner);
    if (!this.#owner) return;
    this.#journal?.startWriting();
    const capacity = this.#capacityBlocks * BLOCK_BYTES;
    if (this.#data !== undefined && fstatSync(this.#data).size > capacity) ftruncateSync(this.#data, capacity);
    if ((this.#journal?.bytes ?? 0) > (this.#reserveBytes * 2) / 5) this.#journal?.rewrite(this.#index.entries());
  }

  /** True when there was something new in the journal. */
  #catchUp(): boolean {
    if (this.#journal === undefined || this.#data === undefined || this.#journal.isReplaced()) {
      this.#closeFiles();
      this.#openFiles();
      return this.#journal !== undefined;
    }
    const before = this.#journal.bytes;
    this.#index.replay(this.#journal.read());
    return this.#journal.bytes > before;
  }

  #closeFiles(): void {
    this.#journal?.close();
    if (this.#data !== undefined) closeSync(this.#data);
    this.#journal = undefined;
    this.#data = undefined;
  }

  #report(what: string, error: unknown): void {
    const message = `A thumbnail could not be ${what} in the cache: ${messageOf(error)}`;
    this.#onProblem(new ThumbsError('DATAVIS_THUMBS_CACHE', message, { cause: error, place: { uri: this.#dir } }));
  }
}

/** A {@link DiskCache}; see there. */
export function createDiskCache(options: DiskCacheOptions): DiskCache {
  return new DiskCache(options);
}

function openData(path: string, create: boolean): number | undefined {
  try {
    return openSync(path, create ? 'r+' : 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return create ? openSync(path, 'w+') : undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
