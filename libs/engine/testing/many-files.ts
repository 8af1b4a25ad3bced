import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Numbers from 0 to below `below`, the same for the same seed (a linear congruential generator, its upper bits). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Small files of two splits that have much in common: images that several list, in the same words and in others, twice in
 * one file, ids as texts, categories under other ids, references that lead nowhere or to another file, files without
 * images, without categories, results, panoptic segments, masks without an area, unknown keys and sections.
 */
export function manyFiles(count: number, seed = 1): Readonly<Record<string, unknown>> {
  const roll = dice(seed);
  const maybe = <T>(value: T): T[] => (roll(3) === 0 ? [value] : []);
  const image = (): Json => {
    const id = roll(9);
    return {
      id: roll(12) === 0 ? String(id) : id,
      file_name: `${roll(15) === 0 ? 'other' : id}.jpg`,
      width: roll(6) === 0 ? 641 : 640,
      height: 480,
      ...(roll(4) === 0 && { taken: roll(5) === 0 ? 'noon' : roll(24) }),
    };
  };
  const shape = (): Json => {
    const [x, y] = [roll(50), roll(50)];
    const shapes: readonly Json[] = [
      { bbox: [x, y, 5, 6], area: 30 },
      { segmentation: [[x, y, x + 4, y, x + 4, y + 4]] },
      { segmentation: { counts: [3, 4, 9], size: [4, 4] }, iscrowd: 1 },
      {
        bbox: [x, y, 2, 2],
        area: 4,
        segments_info: [{ id: 1, category_id: roll(4), area: 4, bbox: [x, y, 2, 2] }],
      },
    ];
    return shapes[roll(shapes.length)] ?? {};
  };
  const annotation = (_: unknown, at: number): Json => ({
    id: roll(8) === 0 ? 1 : at + 1,
    image_id: roll(12) === 0 ? String(roll(9)) : roll(10),
    category_id: roll(4),
    ...shape(),
    ...(roll(5) === 0 && { note: 'n' }),
  });
  const category = (_: unknown, at: number): Json => ({
    id: at,
    name: `c${roll(3)}`,
    ...(roll(2) === 0 && { supercategory: 's' }),
  });
  const list = <T>(most: number, make: (_: unknown, at: number) => T): T[] =>
    Array.from({ length: roll(most) + 1 }, make);
  const file = (): unknown => {
    if (roll(8) === 0)
      return list(3, () => ({ image_id: roll(10), category_id: roll(4), bbox: [1, 1, 2, 2], score: 0.5 }));
    return {
      ...Object.fromEntries(maybe(['info', { year: 2000 + roll(3) }])),
      ...Object.fromEntries(maybe(['licenses', [{ id: 1, name: 'x' }, 7]])),
      ...(roll(6) > 0 && { images: list(3, image) }),
      annotations: list(6, annotation),
      ...(roll(6) > 0 && { categories: list(4, category) }),
      ...Object.fromEntries(maybe(['videos', [{ id: roll(5) }]])),
    };
  };
  // Names of few files in a folder state their split.
  const name = (at: number): string =>
    `${Math.floor(at / 10)}/${String(at).padStart(3, '0')}_${roll(3) === 0 ? 'val' : 'train'}.json`;
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [name(at), file()]));
}

/** Writes them into a folder; returns their paths, sorted. */
export async function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): Promise<string[]> {
  const names = Object.keys(files).sort();
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), JSON.stringify(files[name]));
  }
  return names.map((name) => join(folder, name));
}
