import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDataVisError } from '@datavis/plugin-sdk';
import type { SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import fc from 'fast-check';
import { expect } from 'vitest';
import { createEngine } from '../src/engine.js';
import { dump } from './dump.js';
import { failingDatabase, failingStores, Fault } from './failing.js';
import { asImported, exactly, nastyFile } from './nasty-coco.js';

const plain = createObjectStoreResolver({ schemes: { file: openLocalStore } });
/** Finds again what came through a failing store. */
const again = createObjectStoreResolver({
  schemes: { failing: (uri) => openLocalStore(uri.replace(/^failing:/, 'file:')) },
});
/** Several commits of several batches, however small the file. */
const options = { commitRows: 4, batchRows: 2 };

/**
 * What must hold of any COCO file: exported it says what it said, verify finds it equal, imported again nothing is
 * written, and after a power cut or a truncated copy the next import ends with the tables of an unbroken one. What is
 * refused leaves nothing.
 */
export async function liveThroughAnything(numRuns: number, seed?: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'datavis-nasty-'));
  try {
    await fc.assert(
      fc.asyncProperty(
        nastyFile,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        async (text, part, step) => {
          const life = new Life(folder, text);
          await life.write(text);
          const whole = await life.unbroken();
          if (whole === undefined) return;
          await life.survivePowerCut(1 + (step % whole.steps), whole.tables);
          await life.repairTruncated(part, whole.tables);
        },
      ),
      { numRuns, ...(seed !== undefined && { seed }) },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Many files of one dataset, which have images and categories in common: each is exported as it came. */
export async function exportMany(files: number, numRuns: number, seed?: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'datavis-nasty-'));
  try {
    const texts = fc.array(nastyFile, { minLength: files, maxLength: files });
    // Nothing is gained by fewer files: the one that differs is named.
    await fc.assert(
      fc.asyncProperty(texts, (all) => exportAll(folder, all)),
      { numRuns, endOnFailure: true, ...(seed !== undefined && { seed }) },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function exportAll(folder: string, texts: readonly string[]): Promise<void> {
  const database = await openDuckDb(':memory:');
  try {
    const engine = await createEngine({ database, stores: plain });
    const names = texts.map((_, at) => `${at}.json`);
    for (const [at, text] of texts.entries()) await writeFile(join(folder, names[at] ?? ''), text);
    const request = {
      sources: names.map((name) => join(folder, name)),
      dataset: 'set',
      split: 'all',
      media: false,
    };
    await engine.import(request);
    const { sources } = await engine.import(request);
    expect(new Set(sources.map(({ state }) => state))).toEqual(new Set(['unchanged']));
    await engine.export({ dataset: 'set', out: join(folder, 'out') });
    for (const [at, text] of texts.entries()) {
      const out = await readFile(join(folder, 'out', names[at] ?? ''), 'utf8');
      expect(exactly(out), text).toEqual(asImported(exactly(text)));
    }
    expect(await engine.verify({ dataset: 'set' })).toMatchObject({ equal: true });
  } finally {
    await database.close();
  }
}

type Tables = Record<string, string[]>;

class Life {
  readonly #text: string;
  readonly #path: string;
  readonly #out: string;

  constructor(folder: string, text: string) {
    this.#text = text;
    this.#path = join(folder, 'set.json');
    this.#out = join(folder, 'out.json');
  }

  write(content: string | Uint8Array): Promise<void> {
    return writeFile(this.#path, content);
  }

  /** Undefined for what is no COCO. */
  unbroken(): Promise<{ readonly tables: Tables; readonly steps: number } | undefined> {
    return this.#within(async (database) => {
      const empty = await dump(database);
      const fault = new Fault(0);
      const error = await this.#import(database, fault);
      if (error !== undefined) {
        expect(error).toMatchObject({ code: 'DATAVIS_INGEST_NOT_COCO' });
        expect(await dump(database)).toEqual(empty);
        return undefined;
      }
      const { steps } = fault;
      const tables = await dump(database);
      expect(await this.#import(database)).toBeUndefined();
      expect(await dump(database)).toEqual(tables);
      const healthy = await createEngine({ database, stores: plain });
      await healthy.export({ dataset: 'set', out: this.#out });
      expect(exactly(await readFile(this.#out, 'utf8'))).toEqual(asImported(exactly(this.#text)));
      return { tables, steps };
    });
  }

  /** From a step on nothing works any more; then all does again. */
  survivePowerCut(step: number, expected: Tables): Promise<void> {
    return this.#within(async (database) => {
      const error = await this.#import(database, new Fault(step, true));
      expect(isDataVisError(error), String(error)).toBe(true);
      expect(await this.#import(database)).toBeUndefined();
      expect(await dump(database), `power cut at step ${step}`).toEqual(expected);
    });
  }

  /** A copy that ends early, and then the whole. */
  repairTruncated(part: number, expected: Tables): Promise<void> {
    return this.#within(async (database) => {
      const bytes = Buffer.from(this.#text);
      const needed = Buffer.from(this.#text.trimEnd()).length;
      await this.write(bytes.subarray(0, Math.floor(part * needed)));
      const error = await this.#import(database);
      expect(isDataVisError(error), `cut at ${part}: ${String(error)}`).toBe(true);
      await this.write(bytes);
      expect(await this.#import(database)).toBeUndefined();
      // The version is that of the file, which was written twice.
      expect(timeless(await dump(database)), `cut at ${part}`).toEqual(timeless(expected));
      const { equal } = await (await createEngine({ database, stores: again })).verify({ dataset: 'set' });
      expect(equal).toBe(true);
    });
  }

  /** What the import failed with; undefined where it did not. */
  async #import(database: SqlDatabase, fault = new Fault(0)): Promise<unknown> {
    try {
      const deps = { database: failingDatabase(database, fault), stores: failingStores(plain, fault) };
      await (await createEngine(deps, options)).import({ sources: [this.#path], dataset: 'set', media: false });
      return undefined;
    } catch (error) {
      return error ?? new Error('rejected with nothing');
    }
  }

  async #within<T>(work: (database: SqlDatabase) => Promise<T>): Promise<T> {
    const database = await openDuckDb(':memory:');
    try {
      await createEngine({ database, stores: plain });
      return await work(database);
    } finally {
      await database.close();
    }
  }
}

/** Versions of local files hold their time. */
function timeless(tables: Tables): Tables {
  const without = (row: string): string =>
    row.replaceAll(/\\?"(?:version|sourceVersion)\\?":\\?"[^"\\]*\\?"/g, '"version":""');
  return Object.fromEntries(Object.entries(tables).map(([table, rows]) => [table, rows.map(without).sort()]));
}
