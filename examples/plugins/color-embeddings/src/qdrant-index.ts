import type { PluginDb } from '@datavis/plugin-sdk';
import { QdrantClient } from '@qdrant/js-client-rest';
import { EMBEDDING_WIDTH } from './histogram.js';
import type { Neighbour, VectorIndex } from './vector-index.js';

export interface QdrantOptions {
  /** Such as `http://127.0.0.1:6333`. */
  readonly url: string;
  readonly collection: string;
}

const POINTS_PER_CALL = 256;

interface VectorRow {
  readonly [name: string]: unknown;
  readonly key: bigint;
  readonly vector: readonly number[];
}

/** Approximate search in a Qdrant collection that is filled from the plugin's column. */
export class QdrantVectorIndex implements VectorIndex {
  readonly #db: PluginDb;
  readonly #client: QdrantClient;
  readonly #collection: string;

  constructor(db: PluginDb, options: QdrantOptions) {
    this.#db = db;
    this.#client = new QdrantClient({ url: options.url, checkCompatibility: false });
    this.#collection = options.collection;
  }

  async sync(): Promise<number> {
    const { exists } = await this.#client.collectionExists(this.#collection);
    if (!exists) {
      await this.#client.createCollection(this.#collection, {
        vectors: { size: EMBEDDING_WIDTH, distance: 'Cosine' },
      });
    }
    let after = -1n;
    let count = 0;
    for (;;) {
      const rows = await this.#db.query<VectorRow>(
        `SELECT image_key AS key, embedding::FLOAT[] AS vector FROM ${this.#db.schema}.images
         WHERE embedding IS NOT NULL AND image_key > $1 ORDER BY image_key LIMIT $2`,
        [after, POINTS_PER_CALL],
      );
      if (rows.length === 0) return count;
      // image_key is dense and far below 2^53, so it is exact as a number.
      const points = rows.map(({ key, vector }) => ({ id: Number(key), vector: [...vector] }));
      await this.#client.upsert(this.#collection, { wait: true, points });
      count += rows.length;
      after = rows.at(-1)?.key ?? after;
    }
  }

  async nearest(vector: readonly number[], count: number): Promise<readonly Neighbour[]> {
    const { points } = await this.#client.query(this.#collection, { query: [...vector], limit: count });
    return points.map(({ id, score }) => ({ key: BigInt(id), score }));
  }
}
