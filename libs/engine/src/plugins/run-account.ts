import type { CocoCursor, Finding, Int64Column, SectionSummary, TableBatch } from '@datavis/plugin-sdk';
import { hasValue, textAt } from '@datavis/plugin-sdk';
import { IMAGE_DROPPED, type BatchState } from './batch-state.js';
import type { BatchChanges } from './plugin-batch.js';

/** Samples of one finding code kept per run; the counts are exact beyond that. */
const MAX_FINDING_SAMPLES = 100;

/** A row that is left out, and why: `<namespace>/<reason>`. */
export interface Drop {
  readonly row: number;
  readonly reason: string;
}

/** An id of either kind as one text, so that ids can be kept in a set. */
export function idKey(id: bigint | null, text: string | null): string | undefined {
  if (id !== null) return `i${id}`;
  return text === null ? undefined : `t${text}`;
}

function idAt(id: Int64Column, text: TableBatch<'images'>['columns']['id_text'], row: number): string | undefined {
  return idKey(hasValue(id, row) ? (id.values[row] ?? null) : null, textAt(text, row));
}

/** What plugins took out of one import and found in it, and how that changes the reader's account of the source. */
export class RunAccount {
  readonly #droppedImages: Set<string>;
  readonly #bySection = new Map<string, number>();
  readonly #byReason: Record<string, number> = {};
  readonly #findings: Record<string, number> = {};

  /** @param droppedImages - Of an earlier, interrupted part of the same import, as {@link idKey} writes them. */
  constructor(droppedImages: Iterable<string>) {
    this.#droppedImages = new Set(droppedImages);
  }

  get dropped(): Readonly<Record<string, number>> {
    return this.#byReason;
  }

  /** An image takes along the annotations that come after it in the file; the link step finds those before it. */
  dropOrphans(state: BatchState): Drop[] {
    if (state.source.table !== 'annotations' || this.#droppedImages.size === 0) return [];
    const { image_id: id, image_id_text: text } = (state as BatchState<'annotations'>).source.columns;
    const drops: Drop[] = [];
    for (let row = 0; row < state.length; row++) {
      const key = idAt(id, text, row);
      if (key !== undefined && this.#droppedImages.has(key) && state.drop(row)) {
        drops.push({ row, reason: IMAGE_DROPPED });
      }
    }
    return drops;
  }

  countDrops(state: BatchState, drops: readonly Drop[]): void {
    const { section, table, columns } = state.source;
    for (const { row, reason } of drops) {
      this.#byReason[reason] = (this.#byReason[reason] ?? 0) + 1;
      if (table !== 'images') continue;
      const key = idAt(columns.id, columns.id_text, row);
      if (key !== undefined) this.#droppedImages.add(key);
    }
    this.#bySection.set(section, (this.#bySection.get(section) ?? 0) + drops.length);
  }

  /** Counts a plugin's findings of one batch; returns those that are kept as samples. */
  countFindings(namespace: string, state: BatchState, { findings }: BatchChanges): Finding[] {
    const samples: Finding[] = [];
    for (const { row, finding } of findings) {
      const code = `${namespace}/${finding.code}`;
      const { message, severity = 'warning' } = finding;
      if (this.count(code) <= MAX_FINDING_SAMPLES)
        samples.push({ ...placeOf(state, row), code, message, severity });
    }
    return samples;
  }

  /** One more finding of this code; returns how many there are. */
  count(code: string): number {
    const count = (this.#findings[code] ?? 0) + 1;
    this.#findings[code] = count;
    return count;
  }

  /** Moves what plugins dropped from imported to refused, and adds their findings. */
  adjust(cursor: CocoCursor): CocoCursor {
    if (this.#bySection.size === 0 && Object.keys(this.#findings).length === 0) return cursor;
    const findingCounts: Record<string, number> = { ...cursor.findingCounts };
    for (const [code, count] of [...Object.entries(this.#findings), ...Object.entries(this.#byReason)]) {
      findingCounts[code] = (findingCounts[code] ?? 0) + count;
    }
    const sections = cursor.sections.map((section): SectionSummary => {
      const dropped = this.#bySection.get(section.name) ?? 0;
      return { ...section, imported: section.imported - dropped, refused: section.refused + dropped };
    });
    return { ...cursor, sections, findingCounts };
  }
}

function placeOf(state: BatchState, row: number): Pick<Finding, 'section' | 'index' | 'byteOffset' | 'id'> {
  const { section, columns } = state.source;
  const id = hasValue(columns.id, row) ? String(columns.id.values[row]) : textAt(columns.id_text, row);
  return {
    section,
    index: columns.index.values[row] ?? 0,
    byteOffset: columns.byte_offset.values[row] ?? 0,
    ...(id !== null && { id }),
  };
}
