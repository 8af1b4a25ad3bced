import type { CocoCursor } from '@datavis/plugin-sdk';
import { DataVisError } from '@datavis/plugin-sdk';
import type { Counts } from './import-types.js';

/** Sums of counts by name. */
export class Tally {
  readonly #counts: Record<string, number> = {};

  add(counts: Counts): void {
    for (const [name, count] of Object.entries(counts)) this.#counts[name] = (this.#counts[name] ?? 0) + count;
  }

  get counts(): Counts {
    return { ...this.#counts };
  }
}

/** One count a section that holds records. A root list (results) counts as annotations. */
export function sectionCounts(cursor: CocoCursor, of: 'read' | 'imported' | 'refused'): Counts {
  const sum = new Tally();
  // A name may come twice.
  for (const section of cursor.sections) {
    if (section.form !== 'value') sum.add({ [section.name || 'annotations']: section[of] });
  }
  return sum.counts;
}

/** Every record that was read is stored or refused. Anything else is a defect of ours, and says so. */
export function assertAccount(cursor: CocoCursor, uri: string): void {
  for (const { name, read, imported, refused } of cursor.sections) {
    if (read === imported + refused) continue;
    throw new DataVisError(
      'DATAVIS_ENGINE_ACCOUNT',
      `${name}: ${read} records were read, ${imported} stored and ${refused} refused`,
      { place: { uri, section: name }, hint: 'This is a defect of DataVis: please report it with the file.' },
    );
  }
}
