import { defineOperation, definePlugin, type PluginContext } from '@datavis/plugin-sdk';
import { z } from 'zod';
import { colorHistogram, EMBEDDING_WIDTH } from './histogram.js';
import { QdrantVectorIndex } from './qdrant-index.js';
import { DuckDbVectorIndex, type VectorIndex } from './vector-index.js';

const config = z.object({
  /** Without it DuckDB searches. */
  qdrant: z.object({ url: z.url(), collection: z.string().default('datavis_colors') }).optional(),
});
type Config = z.output<typeof config>;

function indexOf({ config: { qdrant }, db }: PluginContext<Config>): VectorIndex {
  return qdrant === undefined ? new DuckDbVectorIndex(db) : new QdrantVectorIndex(db, qdrant);
}

interface ImageRow {
  readonly [name: string]: unknown;
  readonly key: bigint;
  readonly file_name: string;
  readonly vector: readonly number[];
}

const similar = defineOperation({
  title: 'Find images of similar colours',
  input: z.object({ fileName: z.string(), count: z.coerce.number().int().min(1).max(1000).default(10) }),
  fields: {
    fileName: { type: 'string', required: true, description: 'file_name of the image to start from' },
    count: { type: 'number', description: 'images to find, 1 to 1000 (default 10)' },
  },
  async run({ fileName, count }, context: PluginContext<Config>) {
    const { db } = context;
    const [image] = await db.query<ImageRow>(
      `SELECT image_key AS key, embedding::FLOAT[] AS vector FROM ${db.schema}.images
       JOIN main.images USING (image_key) WHERE file_name = $1 AND embedding IS NOT NULL`,
      [fileName],
    );
    if (image === undefined) throw new Error(`"${fileName}" has no embedding: is it imported, with its file?`);
    const found = await indexOf(context).nearest(image.vector, count + 1);
    const others = found.filter(({ key }) => key !== image.key).slice(0, count);
    const names = await db.query<ImageRow>(
      'SELECT image_key AS key, file_name FROM main.images WHERE list_contains($1, image_key)',
      [others.map(({ key }) => key)],
    );
    const nameOf = new Map(names.map((row) => [row.key, row.file_name]));
    return others.map(({ key, score }) => ({ fileName: nameOf.get(key) ?? null, score }));
  },
});

const sync = defineOperation({
  title: 'Bring the vector index up to date',
  input: z.object({}),
  mutates: true,
  run: async (_input, context: PluginContext<Config>) => ({ vectors: await indexOf(context).sync() }),
});

/** A colour histogram of every image, and a search by it. */
export const colorEmbeddings = definePlugin({
  name: '@datavis-examples/datavis-plugin-color-embeddings',
  version: '1.0.0',
  description: 'Colour-histogram embeddings and similarity search',
  config,
  capabilities: ['network'],
  columns: {
    images: {
      embedding: { type: 'f32[n]', width: EMBEDDING_WIDTH, description: 'colour histogram, 4 × 4 × 4 bins' },
    },
  },
  operations: { similar, sync },
  onImageDecoded: ({ rgb }) => ({ embedding: colorHistogram(rgb.data) }),
});

export default colorEmbeddings;
