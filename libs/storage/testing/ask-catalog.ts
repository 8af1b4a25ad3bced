import type { CatalogReader } from '../src/query/catalog-reader.js';

/** Some questions to a catalog with the dataset `pets`. BIGINTs as text: the answers travel as JSON. */
export async function askCatalog(reader: CatalogReader): Promise<unknown> {
  const filter = { category: { anyOf: ['dog'], noneOf: [] }, area: { min: 20 } };
  const page = { filter, limit: 3, sort: '-area' };
  const first = await reader.page('pets', 'annotations', page);
  const second = await reader.page('pets', 'annotations', { ...page, cursor: first.next ?? '' });
  const images = await reader.page('pets', 'images', { filter: { annotated: false }, limit: 9 });
  const boxes = await reader.annotationsOf('pets', ['3']);
  const answers = [await reader.datasets(), await reader.stats('pets'), first, second, images, boxes];
  const text = JSON.stringify(answers, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));
  return JSON.parse(text) as unknown;
}
