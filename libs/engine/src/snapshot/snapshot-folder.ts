import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataVisError, type SqlDatabase } from '@datavis/plugin-sdk';
import { createSnapshot, type SnapshotOptions, type SnapshotResult } from './create-snapshot.js';

/** A snapshot in a folder. It never changes, so name, size and time identify its bytes. */
export interface SnapshotFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly createdAt: Date;
}

/** The snapshots of one database, as files of one folder. */
export interface SnapshotFolder {
  /** `name`: letters, digits, `.`, `_`, `-`, at most 100, without the extension. See `createSnapshot` for the rest. */
  create(
    request: { readonly name: string; readonly dataset?: string | undefined },
    options?: SnapshotOptions,
  ): Promise<SnapshotResult>;
  /** The newest first. */
  list(): Promise<SnapshotFile[]>;
  /** @throws `DATAVIS_ENGINE_SNAPSHOT_NOT_FOUND` */
  get(name: string): Promise<SnapshotFile>;
  /** Who reads the file at this moment reads it to its end. @throws `DATAVIS_ENGINE_SNAPSHOT_NOT_FOUND` */
  remove(name: string): Promise<void>;
}

const NAME = /^[\w-][\w.-]{0,99}$/;
const EXTENSION = '.duckdb';

/** Makes the folder with the first snapshot, and removes what a crash has left in it. One process owns the folder. */
export function createSnapshotFolder(database: SqlDatabase, folder: string): SnapshotFolder {
  let running = 0;

  function pathOf(name: string): string {
    if (NAME.test(name)) return join(folder, `${name}${EXTENSION}`);
    throw new DataVisError('DATAVIS_ENGINE_SNAPSHOT_INVALID', 'A snapshot cannot have this name', {
      hint: 'Use at most 100 letters, digits, points, hyphens and underscores; no point at the beginning.',
    });
  }

  async function get(name: string): Promise<SnapshotFile> {
    const path = pathOf(name);
    const found = await stat(path).catch(ifMissing);
    if (found?.isFile() !== true) {
      throw new DataVisError('DATAVIS_ENGINE_SNAPSHOT_NOT_FOUND', `There is no snapshot ${name}`);
    }
    return { name, path, bytes: found.size, createdAt: found.mtime };
  }

  async function names(): Promise<string[]> {
    return (await readdir(folder).catch(ifMissing)) ?? [];
  }

  async function removeLeftovers(): Promise<void> {
    for (const name of await names()) {
      if (/\.partial(?:\.wal)?$/.test(name)) await rm(join(folder, name), { force: true });
    }
  }

  return {
    async create({ name, dataset }, options) {
      const out = pathOf(name);
      await mkdir(folder, { recursive: true });
      if (running === 0) await removeLeftovers();
      running += 1;
      try {
        return await createSnapshot(database, { out, dataset }, options);
      } finally {
        running -= 1;
      }
    },
    async list() {
      const files: SnapshotFile[] = [];
      for (const file of await names()) {
        const name = file.slice(0, -EXTENSION.length);
        if (!file.endsWith(EXTENSION) || !NAME.test(name)) continue;
        // Removed since the folder was read: not there.
        const found = await get(name).catch(() => undefined);
        if (found !== undefined) files.push(found);
      }
      return files.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.name < b.name ? -1 : 1));
    },
    get,
    async remove(name) {
      await rm((await get(name)).path);
    },
  };
}

function ifMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
