// One question, asked again and again of an open catalog: node catalog-queries.mjs DB CASE. Prints p50 and p95.
import { createCatalogReader } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';

const WARM_UPS = 3;
const CALLS = 40;
const LIMIT = 100;
const [, , path, name] = process.argv;

const database = await openDuckDb(path);
const reader = createCatalogReader(database);
const one = (...anyOf) => ({ anyOf, noneOf: [] });
let call = 0;

/** Other values with every call, so that nobody answers from a cache. */
const cases = {
  'images by category and area': () =>
    reader.page('train', 'images', {
      limit: LIMIT,
      filter: { category: one(`class${call % 90}`), area: { min: 1000 + call } },
    }),
  'annotations by category': () =>
    reader.page('train', 'annotations', { limit: LIMIT, filter: { category: one(`class${call % 90}`) } }),
  'annotations by area': () =>
    reader.page('train', 'annotations', {
      limit: LIMIT,
      filter: { area: { min: 100 * call, max: 100 * call + 500 } },
    }),
  'images by text': () => reader.page('train', 'images', { limit: LIMIT, filter: { text: `00${call % 90}` } }),
  'images without annotations': () =>
    reader.page('train', 'images', { limit: LIMIT, filter: { annotated: false } }),
  'annotations, largest first': () => reader.page('train', 'annotations', { limit: LIMIT, sort: '-area' }),
  'annotations of one image': async () => ({ rows: await reader.annotationsOf('train', [BigInt(1 + call * 97)]) }),
  stats: async () => ({ rows: (await reader.stats('train')).categories }),
  'naive SQL': async () => {
    const connection = await database.connect();
    try {
      const rows = await connection.all(
        `SELECT a.*, c.name AS category FROM annotations a JOIN categories c USING (category_key)
         WHERE c.name = ? ORDER BY a.annotation_key LIMIT ${LIMIT}`,
        [`class${call % 90}`],
      );
      return { rows };
    } finally {
      await connection.close();
    }
  },
};

const ask = cases[name];
if (ask === undefined) throw new Error(`no such case: ${name}; there are ${Object.keys(cases).join(', ')}`);
const times = [];
let rows = 0;
let startedCpu = process.cpuUsage();
for (call = 0; call < WARM_UPS + CALLS; call++) {
  if (call === WARM_UPS) startedCpu = process.cpuUsage();
  const started = performance.now();
  rows = (await ask()).rows.length;
  if (call >= WARM_UPS) times.push(performance.now() - started);
}
const cpuMs = process.cpuUsage(startedCpu).user / 1000 / CALLS;
await database.close();
times.sort((a, b) => a - b);
const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
console.log(JSON.stringify({ metrics: { p50Ms: at(0.5), p95Ms: at(0.95), cpuMs, rows } }));
