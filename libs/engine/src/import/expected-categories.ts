import type { CallOptions } from '@datavis/plugin-sdk';
import type { ExpectedCategory } from '@datavis/storage';
import type { PinnedObject } from './fingerprint.js';

/** Smaller files gain nothing. */
const LEAST_BYTES = 8 << 20;
const TAIL_BYTES = 1 << 20;
/** Stores whose files are read in the middle at no cost. An archive would be unpacked up to there. */
const SEEKABLE = /^(file|gs):/;

/**
 * The categories of a file whose last section they are, as in those of COCO: known before the annotations are read, their
 * keys need not be filled in afterwards. A guess: whatever fails here is told by the read itself.
 */
export async function expectedCategories(
  { store, key, version }: PinnedObject,
  sizeBytes: number,
  { signal }: CallOptions,
): Promise<readonly ExpectedCategory[]> {
  if (sizeBytes < LEAST_BYTES || !SEEKABLE.test(store.root)) return [];
  try {
    const chunks: Uint8Array[] = [];
    const range = { start: sizeBytes - TAIL_BYTES, end: sizeBytes, version, signal };
    for await (const chunk of store.read(key, range)) chunks.push(chunk);
    const tail = Buffer.concat(chunks).toString();
    // Parses only where all that follows are whole sections of the root.
    const { categories } = JSON.parse(`{${tail.slice(tail.lastIndexOf('"categories"'))}`) as {
      categories?: unknown;
    };
    return Array.isArray(categories) ? categories.map(toExpected) : [];
  } catch {
    return [];
  }
}

function toExpected(category: unknown): ExpectedCategory {
  const { id, name, supercategory } = (category ?? {}) as Record<string, unknown>;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return { id: typeof id === 'number' ? id : NaN, name: text(name), supercategory: text(supercategory) };
}
