import { hasValue, readCoco, textAt } from '@datavis/ingest-coco';
import type { CocoSource } from '@datavis/ingest-coco';
import type { AnnotationColumns, CategoryColumns } from '@datavis/plugin-sdk';

/** Boxes by size, as COCO's own evaluation cuts it: below 32², below 96², above (in pixels). */
export interface BoxHistogram {
  small: number;
  medium: number;
  large: number;
}

/** Sizes of the boxes of each category, by its name. Memory grows with the categories, not with the file. */
export async function boxHistogram(source: CocoSource): Promise<Map<string, BoxHistogram>> {
  const names = new Map<bigint, string>();
  const counts = new Map<bigint, BoxHistogram>();
  for await (const batch of readCoco(source).batches()) {
    if (batch.table === 'categories') collectNames(batch.columns, batch.length, names);
    else if (batch.table === 'annotations') countBoxes(batch.columns, batch.length, counts);
  }
  // Sections come in any order, so names are joined when all are known.
  return new Map([...counts].map(([id, histogram]) => [names.get(id) ?? `category ${id}`, histogram]));
}

function collectNames({ id, name }: CategoryColumns, length: number, names: Map<bigint, string>): void {
  for (let row = 0; row < length; row++) {
    const text = textAt(name, row);
    if (text !== null) names.set(id.values[row] ?? 0n, text);
  }
}

function countBoxes(columns: AnnotationColumns, length: number, counts: Map<bigint, BoxHistogram>): void {
  const { category_id: category, bbox_w: width, bbox_h: height } = columns;
  for (let row = 0; row < length; row++) {
    if (!hasValue(category, row) || !hasValue(width, row)) continue;
    const id = category.values[row] ?? 0n;
    let histogram = counts.get(id);
    if (histogram === undefined) counts.set(id, (histogram = { small: 0, medium: 0, large: 0 }));
    const area = (width.values[row] ?? 0) * (height.values[row] ?? 0);
    histogram[area < 32 ** 2 ? 'small' : area < 96 ** 2 ? 'medium' : 'large']++;
  }
}
