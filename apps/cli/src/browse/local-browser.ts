import type { SqlDatabase } from '@datavis/plugin-sdk';
import { createCatalogReader, filterWords, parseFilter } from '@datavis/storage';
import type { Browser } from './browser.js';
import { firstRows } from './rows.js';

/** The catalog of an open database file. */
export function localBrowser(database: SqlDatabase): Browser {
  const reader = createCatalogReader(database);
  return {
    datasets: () => reader.datasets(),
    find: (dataset, table, { conditions = [], sort, limit }) => {
      const filter = parseFilter(filterWords(conditions));
      return firstRows(reader.batches(dataset, table, { filter, ...(sort !== undefined && { sort }) }), limit);
    },
    hint: (dataset, _table, conditions) => reader.hint(dataset, parseFilter(filterWords(conditions))),
    async image(dataset, key) {
      const image = await reader.image(dataset, key);
      return image && { image, annotations: await reader.annotationsOf(dataset, [key]) };
    },
    stats: (dataset) => reader.stats(dataset),
  };
}
