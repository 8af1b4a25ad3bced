import type { SourceLookup, UnchangedSource } from '@datavis/storage';
import { findUnchanged } from '@datavis/storage';
import { beginsWith } from './fingerprint.js';
import {
  DEFAULT_COMMIT_ROWS,
  importSource,
  unchangedSource,
  type ImportedSource,
  type ImportSourceCall,
  type ImportSourceDeps,
} from './import-source.js';
import type { PlannedSource } from './import-types.js';
import { measureMask } from './measure-mask.js';
import type { ProgressMeter } from './progress.js';
import { MAX_SMALL_BYTES, readSmall, SmallGroup } from './small-source.js';

/** Small sources that are read while those before them are stored. */
const READ_AHEAD = 8;

/**
 * Imports the sources of one dataset, in their order. Small ones that the catalog does not have are stored in groups, a
 * commit each; when one of them cannot be read, those before it are stored first. Returns what became of each.
 */
export async function importSources(
  deps: ImportSourceDeps,
  planned: readonly PlannedSource[],
  { meter, ...call }: Omit<ImportSourceCall, 'onCursor'> & { readonly meter: ProgressMeter },
): Promise<ImportedSource[]> {
  const [first] = planned;
  if (first === undefined) return [];
  const uris = planned.map(({ spec }) => spec.uri);
  return new SourceImports(deps, planned, call, {
    meter,
    lookUp: await deps.catalog.lookUpSources(first.spec.dataset, uris),
  }).run();
}

interface SourceImportsDeps {
  readonly meter: ProgressMeter;
  readonly lookUp: SourceLookup;
}

class SourceImports {
  readonly #deps: ImportSourceDeps;
  readonly #planned: readonly PlannedSource[];
  readonly #call: Omit<ImportSourceCall, 'onCursor'>;
  readonly #meter: ProgressMeter;
  readonly #lookUp: SourceLookup;
  readonly #commitRows: number;
  readonly #group: SmallGroup;
  readonly #results: ImportedSource[];
  /** Sources named so far: what was looked up before the import is not true of the second of a name. */
  readonly #named = new Set<string>();
  /** Reads under way, by their place. */
  readonly #reading = new Map<number, ReturnType<typeof readSmall>>();

  constructor(
    deps: ImportSourceDeps,
    planned: readonly PlannedSource[],
    call: Omit<ImportSourceCall, 'onCursor'>,
    { meter, lookUp }: SourceImportsDeps,
  ) {
    this.#deps = deps;
    this.#planned = planned;
    this.#call = call;
    this.#meter = meter;
    this.#lookUp = lookUp;
    this.#commitRows = deps.commitRows ?? DEFAULT_COMMIT_ROWS;
    this.#group = new SmallGroup(this.#commitRows);
    this.#results = new Array<ImportedSource>(planned.length);
  }

  async run(): Promise<ImportedSource[]> {
    try {
      return await this.#importAll();
    } finally {
      await Promise.allSettled(this.#reading.values());
    }
  }

  async #importAll(): Promise<ImportedSource[]> {
    const unchanged: UnchangedSource[] = [];
    for (const [at, one] of this.#planned.entries()) {
      if (this.#call.signal.aborted) break;
      this.#meter.report(one.spec.uri, at + 1, 'read', undefined, 0);
      const isFirst = this.#isFirstOfName(one);
      const known = isFirst ? await this.#findUnchanged(one) : undefined;
      if (known !== undefined) {
        unchanged.push({ known, spec: one.spec });
        this.#settle(at, unchangedSource(one.spec, known));
      } else if (!isFirst || !(await this.#gather(at, one))) {
        await this.#storeGroup();
        await this.#importAlone(at, one);
      }
    }
    // Also of what was read when the import is aborted.
    await this.#storeGroup();
    await this.#deps.catalog.noteSources(unchanged);
    this.#call.signal.throwIfAborted();
    return this.#results;
  }

  #isFirstOfName({ spec: { uri, split } }: PlannedSource): boolean {
    const name = JSON.stringify([uri, split]);
    const isFirst = !this.#named.has(name);
    this.#named.add(name);
    return isFirst;
  }

  #findUnchanged({ source: { store, key }, spec }: PlannedSource): ReturnType<typeof findUnchanged> {
    const object = { store, key, version: spec.version };
    return findUnchanged(this.#lookUp(spec), spec, (checksum) => beginsWith(object, spec, checksum, this.#call));
  }

  /** False for a source that has to be imported by itself. */
  async #gather(at: number, one: PlannedSource): Promise<boolean> {
    if (!this.#isSmall(one)) return false;
    for (let ahead = at; ahead < at + READ_AHEAD; ahead++) this.#startReading(ahead);
    const read = await this.#finishReading(at);
    if (read === undefined) return false;
    if (!this.#group.takes(read)) await this.#storeGroup();
    this.#group.add(at, read);
    this.#meter.endSource(read.cursor, one.spec.sizeBytes, 0);
    return true;
  }

  async #finishReading(at: number): ReturnType<typeof readSmall> {
    try {
      return await this.#reading.get(at);
    } catch (error) {
      // Those before it were read, and stay.
      await this.#storeGroup();
      throw error;
    } finally {
      this.#reading.delete(at);
    }
  }

  #startReading(at: number): void {
    const one = this.#planned[at];
    if (one === undefined || this.#reading.has(at) || !this.#isSmall(one)) return;
    const reading = readSmall(one, this.#commitRows, this.#deps, this.#call);
    // Its error is told in its turn.
    reading.catch(() => undefined);
    this.#reading.set(at, reading);
  }

  /** A small source that is new. What plugins make of one is theirs to store: they are called source by source. */
  #isSmall({ spec }: PlannedSource): boolean {
    const { plugins } = this.#deps;
    if (this.#planned.length === 1 || spec.sizeBytes > MAX_SMALL_BYTES) return false;
    return this.#lookUp(spec).length === 0 && (plugins?.order.plugins.length ?? 0) === 0;
  }

  async #storeGroup(): Promise<void> {
    const [first, ...others] = this.#group.take();
    if (first === undefined) return;
    const last = others.at(-1) ?? first;
    this.#meter.report(last.read.spec.uri, last.at + 1, 'link', undefined, 0);
    const stored = await this.#deps.catalog.storeGroup(
      [first.read, ...others.map(({ read }) => read)],
      measureMask,
    );
    for (const [nth, { at, read }] of [first, ...others].entries()) {
      const report = stored[nth];
      if (report === undefined) continue;
      const { runKey, newImages, newCategories, findingCounts } = report;
      const { uri, split } = read.spec;
      this.#results[at] = {
        result: { uri, split, newImages, newCategories, state: 'imported', run: Number(runKey) },
        cursor: read.cursor,
        readFrom: 0,
        findingCounts,
      };
    }
  }

  async #importAlone(at: number, { source, spec }: PlannedSource): Promise<void> {
    const one = await importSource(this.#deps, source, spec, {
      ...this.#call,
      onCursor: (phase, cursor, readFrom) => {
        this.#meter.report(spec.uri, at + 1, phase, cursor, readFrom);
      },
    });
    this.#settle(at, one);
  }

  #settle(at: number, one: ImportedSource): void {
    this.#results[at] = one;
    this.#meter.endSource(one.cursor, this.#planned[at]?.spec.sizeBytes ?? 0, one.readFrom);
  }
}
