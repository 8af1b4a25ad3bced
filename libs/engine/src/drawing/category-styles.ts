import type { SqlRow } from '@datavis/plugin-sdk';
import { skeletonsOf, type Skeletons } from './shape-of.js';

/** How the annotations of a dataset are drawn. */
export interface CategoryStyles {
  readonly skeletons: Skeletons;
  /** Names in the order of the catalog, which new ones are added to: a category keeps its colour. */
  readonly categories: readonly string[];
}

/** Styles of a dataset, from its rows of categories as the catalog has them. */
export function categoryStylesOf(rows: readonly SqlRow[]): CategoryStyles {
  return {
    skeletons: skeletonsOf(rows),
    categories: rows.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])),
  };
}
