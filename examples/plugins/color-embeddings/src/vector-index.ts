import type { PluginDb } from '@datavis/plugin-sdk';
import { EMBEDDING_WIDTH } from './histogram.js';

export interface Neighbour {
  /** image_key of the image. */
  readonly key: bigint;
  /** Cosine similarity, 1 for the same direction. */
  readonly score: number;
}

/** A port: where vectors are searched. DuckDB does without anything else; a vector database takes over for millions. */
export interface VectorIndex {
  /** Brings the index up to date with the vectors in the database. Returns how many it holds. */
  sync(): Promise<number>;
  /** The `count` nearest to a vector, best first. */
  nearest(vector: readonly number[], count: number): Promise<readonly Neighbour[]>;
}

/** Exact search over the plugin's own column. */
export class DuckDbVectorIndex implements VectorIndex {
  readonly #db: PluginDb;

  constructor(db: PluginDb) {
    this.#db = db;
  }

  async sync(): Promise<number> {
    const [row] = await this.#db.query<{ n: bigint }>(
      `SELECT count(embedding) AS n FROM ${this.#db.schema}.images`,
    );
    return Number(row?.n ?? 0n);
  }

  nearest(vector: readonly number[], count: number): Promise<readonly Neighbour[]> {
    return this.#db.query<{ key: bigint; score: number }>(
      `SELECT image_key AS key, array_cosine_similarity(embedding, $1::FLOAT[${EMBEDDING_WIDTH}]) AS score
       FROM ${this.#db.schema}.images WHERE embedding IS NOT NULL ORDER BY score DESC, key LIMIT $2`,
      [vector, count],
    );
  }
}
