// Over 300 lines on purpose: the one account of a read (sections, counts, cursor, batch under way) that both engines share.
import type {
  CocoBatch,
  CocoCursor,
  CocoKind,
  Finding,
  SectionSummary,
  TableBatch,
  TableName,
} from '@datavis/plugin-sdk';
import type { MemoryPool } from './columns/memory-pool.js';
import { IngestError } from './errors.js';
import { FindingCollector } from './findings/collector.js';
import type { FindingPlace } from './findings/collector.js';
import { documentRules } from './findings/rules.js';
import type { FindingRule } from './findings/rules.js';
import { isForeign, nestedAnnotations, noSections } from './look-alikes.js';
import type { ReadOptions } from './options.js';
import { AnnotationTable } from './tables/annotation-table.js';
import { CategoryTable } from './tables/category-table.js';
import type { Entry } from './tables/entry.js';
import { ImageTable } from './tables/image-table.js';
import { RawTable } from './tables/raw-table.js';
import type { RecordTable } from './tables/record-table.js';

type Section = { -readonly [K in keyof SectionSummary]: SectionSummary[K] };

interface Masks {
  readonly stop: number;
  readonly refuse: number;
  readonly repair: number;
}

/** A record that an engine has read, up to its last byte. */
export interface RecordPlace {
  readonly byteOffset: number;
  /** Offset behind the record. */
  readonly end: number;
  /** UTF-8 key, where the section is an object. */
  readonly key: Uint8Array | undefined;
}

/**
 * Turns what an engine reads (sections, records) into batches, findings and cursors. All engines share it, so they
 * differ in how they read bytes and in nothing else.
 */
export class Assembler {
  readonly tables = new Map<string, RecordTable>();
  readonly annotations: AnnotationTable;
  readonly images: ImageTable;
  readonly categories: CategoryTable;
  readonly ready: CocoBatch[] = [];
  readonly findings: FindingCollector;
  /** The open section, if any. */
  section: Section | undefined;
  /** Index of the next element of the open section. */
  index = 0;
  done = false;

  readonly #raw: RawTable;
  readonly #masks = new Map<RecordTable, Masks>();
  readonly #sections: Section[];
  readonly #options: ReadOptions;
  #kind: CocoKind;
  #lastBuffer: ArrayBuffer | undefined;
  #position: number;

  constructor(options: ReadOptions) {
    const { batchRows, from } = options;
    this.#options = options;
    this.findings = new FindingCollector(options.policy, options.maxSamples, from?.findingCounts ?? {});
    this.images = new ImageTable(batchRows);
    this.annotations = new AnnotationTable(batchRows);
    this.categories = new CategoryTable(batchRows);
    this.#raw = new RawTable(batchRows);
    for (const table of [this.images, this.annotations, this.categories]) {
      this.tables.set(table.name, table);
      this.#masks.set(table, {
        stop: this.findings.mask(table.rules, 'stop'),
        refuse: this.findings.mask(table.rules, 'refuse'),
        repair: this.findings.mask(table.rules, 'repair'),
      });
    }
    this.#kind = from?.kind ?? 'dataset';
    this.#position = from?.byteOffset ?? 0;
    this.#sections = (from?.sections ?? []).map((section) => ({ ...section }));
    this.annotations.isResults = this.#kind === 'results';
    this.done = from?.done ?? false;
    if (from !== undefined && from.section !== null) {
      this.section = this.#sections.at(-1);
      this.index = from.index;
    }
  }

  get cursor(): CocoCursor {
    const { sourceVersion } = this.#options;
    return {
      version: 1,
      kind: this.#kind,
      byteOffset: this.#position,
      section: this.section === undefined ? null : this.section.name,
      index: this.section === undefined ? 0 : this.index,
      sections: this.#sections.map((section) => ({ ...section })),
      findingCounts: { ...this.findings.counts },
      ...(sourceVersion !== undefined && { sourceVersion }),
      done: this.done,
    };
  }

  /** Table of the open section; undefined where its records are kept as they are. */
  get table(): RecordTable | undefined {
    const { section } = this;
    return section === undefined ? undefined : this.tableFor(section.name);
  }

  tableFor(section: string): RecordTable | undefined {
    return section === '' ? (this.#kind === 'results' ? this.annotations : undefined) : this.tables.get(section);
  }

  /** Whether a top-level key has been read. */
  get hasSections(): boolean {
    return this.#sections.length > 0;
  }

  /** A file that starts with a byte order mark. */
  byteOrderMark(): void {
    this.#report(documentRules.byteOrderMark, { byteOffset: 0 });
  }

  /** Everything up to `end` has been read; the next element of the file starts there or behind it. */
  advance(end: number): void {
    this.#position = end;
  }

  openSection(name: string, form: 'array' | 'object', byteOffset: number, end: number): void {
    if (form === 'object') this.#report(documentRules.objectSection, { section: name, byteOffset });
    this.#addSection({ name, form, read: 0, imported: 0, refused: 0 }, byteOffset);
    this.section = this.#sections.at(-1);
    this.index = 0;
    this.#position = end;
  }

  /** Root list: predictions. */
  openResults(end: number): void {
    this.#kind = 'results';
    this.annotations.isResults = true;
    this.#sections.push({ name: '', form: 'array', read: 0, imported: 0, refused: 0 });
    this.section = this.#sections.at(-1);
    this.#position = end;
  }

  closeSection(end: number): void {
    this.#position = end;
    const { section } = this;
    if (section === undefined) return;
    const { table } = this;
    this.section = undefined;
    this.#emit(section, table);
  }

  /** A top-level key that holds no records. `json` has no non-finite tokens any more. */
  addValue(name: string, json: string, nonFiniteAt: number, place: RecordPlace): void {
    const { byteOffset } = place;
    if (nonFiniteAt >= 0) this.#report(documentRules.nonFinite, { section: name, byteOffset: nonFiniteAt });
    if (this.tables.has(name)) this.#report(documentRules.valueSection, { section: name, byteOffset });
    this.#addSection({ name, form: 'value', read: 0, imported: 0, refused: 0, json }, byteOffset);
    this.#position = place.end;
  }

  /** A record of a table, key by key. */
  addEntries(table: RecordTable, entries: readonly Entry[], place: RecordPlace): void {
    table.writeEntries(entries, false);
    this.endRow(table, place, () => entries);
  }

  /** A row that has been written into `table`; `entries` reads its record again where the policy or a sample needs it. */
  endRow(table: RecordTable, place: RecordPlace, entries: () => readonly Entry[]): void {
    const flags = table.flags;
    let refused = false;
    if (table === this.images && this.index === 0 && this.images.hasNested && !this.images.hasId) {
      throw nestedAnnotations(place.byteOffset);
    }
    if (flags !== 0) {
      const masks = this.#masks.get(table)!;
      this.#reportRow(table, flags, masks.stop, place, entries);
      refused = (flags & masks.refuse) !== 0;
      if (!refused && (flags & masks.repair) !== 0) {
        table.rollback();
        table.writeEntries(entries(), true);
      }
    }
    if (refused) table.rollback();
    else table.commit(this.index, place.byteOffset, place.end, place.key);
    this.#count(refused, place.end);
    if (table.builder.isFull) this.#emit(this.section!, table);
  }

  /** A record of a section that has no table of its own. */
  addRaw(json: Uint8Array, nonFiniteAt: number, place: RecordPlace): void {
    if (nonFiniteAt >= 0) {
      this.#report(documentRules.nonFinite, { ...this.#here, byteOffset: nonFiniteAt, sample: undefined });
    }
    this.#raw.add(json);
    this.#raw.builder.commit(this.index, place.byteOffset, place.end, place.key);
    this.#count(false, place.end);
    if (this.#raw.builder.isFull) this.#emit(this.section!, undefined);
  }

  /** An element that is no record. */
  refuse(sample: string, place: RecordPlace): void {
    this.#report(documentRules.recordForm, { ...this.#here, byteOffset: place.byteOffset, sample });
    this.#count(true, place.end);
  }

  /** The end of the file. */
  finish(end: number): void {
    this.#position = end;
    if (this.#kind === 'dataset') {
      const names = this.#sections.map((section) => section.name);
      if (isForeign(names)) throw noSections(names);
    }
    this.done = true;
  }

  /** Hands out the rows that are complete, before an error. */
  flush(): void {
    if (this.section === undefined) return;
    this.#emit(this.section, this.table);
  }

  /** An error with the section and the index where it happened. */
  located(error: unknown): Error {
    if (!(error instanceof IngestError)) return error instanceof Error ? error : new Error(String(error));
    const { section, index } = this;
    if (section === undefined || error.place?.section !== undefined) return error;
    const last = index > 0 ? `; the last good record is ${section.name}[${index - 1}]` : '';
    return new IngestError(error.code, error.message + last, {
      ...(error.cause !== undefined && { cause: error.cause }),
      ...(error.hint !== undefined && { hint: error.hint }),
      place: { ...error.place, section: section.name, index },
    });
  }

  /** Findings that no batch carries, because no row came after them. */
  takeFindings(): Finding[] {
    return this.findings.take();
  }

  get #here(): { section: string; index: number } {
    return { section: this.section?.name ?? '', index: this.index };
  }

  #addSection(section: Section, byteOffset: number): void {
    if (this.#sections.some(({ name }) => name === section.name)) {
      this.#report(documentRules.duplicateSection, { section: section.name, byteOffset });
    }
    this.#sections.push(section);
  }

  #count(refused: boolean, end: number): void {
    const section = this.section!;
    section.read++;
    if (refused) section.refused++;
    else section.imported++;
    this.index++;
    this.#position = end;
  }

  #report(rule: FindingRule, place: FindingPlace): void {
    if (this.findings.actionFor(rule) === 'stop') this.findings.stop(rule, place);
    this.findings.add(rule, () => place);
  }

  #reportRow(
    table: RecordTable,
    flags: number,
    stop: number,
    place: RecordPlace,
    entries: () => readonly Entry[],
  ): void {
    const { rules } = table;
    const placeOf = (rule: FindingRule): FindingPlace => ({
      ...this.#here,
      byteOffset: place.byteOffset,
      id: table.idOfRow(),
      ...whereInRecord(rule, entries()),
    });
    if ((flags & stop) !== 0) {
      const rule = rules.find((_rule, bit) => (flags & stop & (1 << bit)) !== 0)!;
      this.findings.stop(rule, placeOf(rule));
    }
    for (let bit = 0; bit < rules.length; bit++) {
      if ((flags & (1 << bit)) !== 0) this.findings.add(rules[bit]!, placeOf);
    }
  }

  #emit(section: Section, table: RecordTable | undefined): void {
    const builder = (table ?? this.#raw).builder;
    const length = builder.rows;
    if (length === 0) return;
    const batch = {
      table: table?.name ?? 'records',
      section: section.name,
      length,
      columns: builder.take(section.form === 'object', this.#memory()),
      findings: this.findings.take(),
      cursor: this.cursor,
    } satisfies TableBatch<TableName>;
    this.#lastBuffer = batch.columns.index.values.buffer as ArrayBuffer;
    this.ready.push(batch as CocoBatch);
  }

  /** Has the memory of the batch before, if the caller has said that it is done with it when it asks for the next. */
  #memory(): MemoryPool {
    const { memory, reuseMemory } = this.#options;
    if (reuseMemory && this.ready.length === 0 && this.#lastBuffer !== undefined) memory.give(this.#lastBuffer);
    return memory;
  }
}

/** The key that a finding is about, in the record as found. */
function whereInRecord(
  rule: FindingRule,
  entries: readonly Entry[],
): Pick<FindingPlace, 'sample'> & { byteOffset?: number } {
  let found: Entry | undefined;
  if (rule === documentRules.nonFinite) {
    found = entries.find(({ nonFinite }) => nonFinite);
    return found === undefined ? {} : { byteOffset: found.byteOffset, sample: found.key };
  }
  if (rule.code === 'duplicate-key') {
    const seen = new Set<string>();
    found = entries.find(({ key }) => seen.size === seen.add(key).size);
    return found === undefined ? {} : { byteOffset: found.byteOffset, sample: found.key };
  }
  for (const entry of entries) if (entry.key === rule.key) found = entry;
  return found === undefined ? {} : { byteOffset: found.byteOffset, sample: found.text };
}
