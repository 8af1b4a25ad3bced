import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { detectFormat } from '@datavis/engine';
import type { PluginEntry } from '@datavis/plugin-sdk';
import { MemoryObjectStore } from '@datavis/storage';
import type { CocoFixture } from './fixture.js';
import { runnerOf, type Runner } from './runner.js';
import { createTestHost } from './test-host.js';

type Files = Readonly<Record<string, Uint8Array | string>>;

/** A place of the format, and what has to be read from it. */
export interface ImporterSample {
  readonly name: string;
  readonly files: Files;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Rows in order; only the columns named here are compared. */
  readonly expect: Pick<CocoFixture, 'images' | 'annotations' | 'categories'>;
  /** Records that cannot be understood. Default 0. */
  readonly refused?: number;
}

/** A format, places that have it, and places that have not. */
export interface ImporterConformanceOptions {
  readonly format: string;
  readonly samples: readonly ImporterSample[];
  /** Places of other formats: not to be taken for this one. */
  readonly foreign?: readonly Files[];
}

const encoder = new TextEncoder();

function storeOf(files: Files): MemoryObjectStore {
  const objects = Object.entries(files).map(([key, value]) => [
    key,
    typeof value === 'string' ? encoder.encode(value) : value,
  ]);
  return new MemoryObjectStore({
    root: 'mem://files',
    objects: Object.fromEntries(objects) as Record<string, Uint8Array>,
  });
}

async function formatOf(plugin: PluginEntry, files: Files): Promise<string | undefined> {
  const host = await createTestHost({ plugins: [plugin] });
  try {
    return (await detectFormat(host.host, storeOf(files)))?.importer.format;
  } finally {
    await host.close();
  }
}

async function assertSample(plugin: PluginEntry, format: string, sample: ImporterSample): Promise<void> {
  const host = await createTestHost({ plugins: [plugin], files: sample.files });
  try {
    const run = await host.ingestFormat(format, sample.options);
    if (run.error !== undefined) throw run.error;
    for (const table of ['images', 'annotations', 'categories'] as const) {
      const wanted = sample.expect[table];
      if (wanted === undefined) continue;
      const rows = await run.rows(table);
      strictEqual(rows.length, wanted.length, `rows of ${table}`);
      wanted.forEach((row, index) => {
        for (const [name, value] of Object.entries(row)) {
          deepStrictEqual(rows[index]?.[name], value, `${table}[${index}].${name}`);
        }
      });
    }
    const refused = Object.values(run.result?.refused ?? {}).reduce((sum, count) => sum + count, 0);
    strictEqual(refused, sample.refused ?? 0, 'records that cannot be understood');
  } finally {
    await host.close();
  }
}

/** Every file cut in half: the import may refuse records or fail by name, never hang or crash. */
async function assertTruncated(plugin: PluginEntry, format: string, files: Files): Promise<void> {
  for (const [key, value] of Object.entries(files)) {
    const host = await createTestHost({
      plugins: [plugin],
      files: { ...files, [key]: value.slice(0, value.length / 2) },
    });
    try {
      const run = await host.ingestFormat(format).catch((error: unknown) => ({ ok: false, error: error as Error }));
      ok(run.ok || run.error !== undefined, `${key}, cut in half`);
    } finally {
      await host.close();
    }
  }
}

/** Imports while the `k`-th read or listing fails in its midst. Returns false where the importer asks for fewer. */
async function surfacesFault(
  plugin: PluginEntry,
  format: string,
  { files, options, refused = 0 }: ImporterSample,
  k: number,
): Promise<boolean> {
  const host = await createTestHost({ plugins: [plugin], files });
  let calls = 0;
  const failing = <A extends unknown[], T>(original: (...args: A) => AsyncIterable<T>) =>
    async function* (...args: A): AsyncGenerator<T> {
      const isFault = ++calls === k;
      yield* original(...args);
      if (isFault) throw new Error('fault of the test');
    };
  host.files.read = failing(host.files.read.bind(host.files));
  host.files.list = failing(host.files.list.bind(host.files));
  try {
    const run = await host.ingestFormat(format, options).catch((error: unknown) => ({ error, result: undefined }));
    if (calls < k) return false;
    const counts = Object.values(run.result?.refused ?? {}).reduce((sum, count) => sum + count, 0);
    ok(run.error !== undefined || counts > refused, `read ${k} failed, and the importer swallowed that`);
    return true;
  } finally {
    await host.close();
  }
}

/** Reads that are made to fail, one after the other: of a sample, which is small. */
const MAX_FAULTS = 50;

/** What every importer should pass: expected tables, its own format found, no other one, cut files survived, faults said. */
export function importerConformance(
  plugin: PluginEntry,
  options: ImporterConformanceOptions,
  runner?: Runner,
): void {
  const { describe, it } = runnerOf(runner);
  const { format, samples, foreign = [] } = options;
  describe(`importer conformance: ${format}`, () => {
    for (const sample of samples) {
      it(`${sample.name}: expected tables`, () => assertSample(plugin, format, sample));
      it(`${sample.name}: is found by itself`, async () => {
        strictEqual(await formatOf(plugin, sample.files), format);
      });
      it(`${sample.name}: files cut in half`, () => assertTruncated(plugin, format, sample.files));
      it(`${sample.name}: a read that fails is not swallowed`, async () => {
        for (let k = 1; k <= MAX_FAULTS; k++) if (!(await surfacesFault(plugin, format, sample, k))) return;
      });
    }
    foreign.forEach((files, index) => {
      it(`foreign place ${index + 1} is not taken for it`, async () => {
        strictEqual(await formatOf(plugin, files), undefined);
      });
    });
    it('an empty place is not taken for it', async () => {
      strictEqual(await formatOf(plugin, {}), undefined);
    });
  });
}
