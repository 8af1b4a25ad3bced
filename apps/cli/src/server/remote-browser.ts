import type { components, paths } from '@datavis/client';
import type { SqlBatch, SqlRow } from '@datavis/plugin-sdk';
import { filterWords, parseFilter } from '@datavis/storage';
import type { Browser } from '../browse/browser.js';
import { batchesOf, firstRows } from '../browse/rows.js';
import { asError } from './connect.js';
import type { Server } from './connect.js';
import { jsonLines } from './json-lines.js';
import { annotationRow, datasetRow, imageRow } from './rows-of-items.js';

type Schemas = components['schemas'];
type Query<Table extends 'images' | 'annotations'> = NonNullable<
  paths[`/v1/datasets/{dataset}/${Table}`]['get']['parameters']['query']
>;

const BATCH_ROWS = 1024;
/** All rows as lines of JSON, read as they come. */
const STREAM = { headers: { accept: 'application/x-ndjson' }, parseAs: 'stream' } as const;

/** The catalog as a server tells it. */
export function remoteBrowser({ url, client, ask }: Server): Browser {
  async function* rows(body: unknown, rowOf: (item: unknown) => SqlRow): AsyncGenerator<SqlBatch> {
    let gathered: SqlRow[] = [];
    try {
      for await (const item of jsonLines(body as ReadableStream<Uint8Array> | undefined)) {
        gathered.push(rowOf(item));
        if (gathered.length < BATCH_ROWS) continue;
        yield* batchesOf(gathered, Object.keys(gathered[0] ?? {}));
        gathered = [];
      }
    } catch (error) {
      throw asError(error, url);
    }
    yield* batchesOf(gathered, Object.keys(gathered[0] ?? {}));
  }

  return {
    datasets: async () => (await ask(client.GET('/v1/datasets'))).items.map(datasetRow),

    async *find(dataset, table, { conditions = [], sort, limit }) {
      const words = filterWords(conditions);
      // The same errors as without a server, and before anything is sent.
      parseFilter(words);
      const path = { dataset };
      const found =
        table === 'images'
          ? rows(
              await ask(
                client.GET('/v1/datasets/{dataset}/images', {
                  params: { path, query: { ...words, sort } as Query<'images'> },
                  ...STREAM,
                }),
              ),
              (item) => imageRow(item as Schemas['Image']),
            )
          : rows(
              await ask(
                client.GET('/v1/datasets/{dataset}/annotations', {
                  params: { path, query: { ...words, sort } as Query<'annotations'> },
                  ...STREAM,
                }),
              ),
              (item) => annotationRow(item as Schemas['Annotation']),
            );
      yield* firstRows(found, limit);
    },

    async hint(dataset, table, conditions) {
      const path = { dataset };
      const query = { ...filterWords(conditions), limit: 1 };
      const page =
        table === 'images'
          ? await ask(
              client.GET('/v1/datasets/{dataset}/images', { params: { path, query: query as Query<'images'> } }),
            )
          : await ask(
              client.GET('/v1/datasets/{dataset}/annotations', {
                params: { path, query: query as Query<'annotations'> },
              }),
            );
      // As JSON; the other forms of a list are text.
      return typeof page === 'string' ? undefined : page.hint;
    },

    async image(dataset, key) {
      const path = { dataset, image: key };
      const { annotations, ...image } = await ask(
        client.GET('/v1/datasets/{dataset}/images/{image}', { params: { path } }),
      );
      return { image: imageRow(image), annotations: annotations.map(annotationRow) };
    },

    stats: (dataset) => ask(client.GET('/v1/datasets/{dataset}/stats', { params: { path: { dataset } } })),
  };
}
