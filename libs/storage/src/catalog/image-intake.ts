import type { Column, Int64Column, SqlConnection, TableBatch } from '@datavis/plugin-sdk';
import { IdKeys } from './id-keys.js';
import { RECORD_COLUMNS } from './record-columns.js';
import { constant, constantFalse, constantText, dense } from './row-columns.js';
import { nextKey } from './runs.js';
import type { RunState } from './source-spec.js';

/**
 * Takes the images of a source. Where its split has none of another source, each record becomes a row of `images` at
 * once, and annotations that come later are given its key. Else records wait in incoming_images to be merged.
 */
export class ImageIntake {
  readonly #direct: boolean;
  readonly #keys: IdKeys;
  readonly #constants: Readonly<Record<string, Column>>;
  readonly #mediaState = constantText('unknown');
  #nextKey: bigint;

  private constructor(run: RunState, direct: boolean, keys: IdKeys, first: bigint) {
    this.#direct = direct;
    this.#keys = keys;
    this.#nextKey = first;
    this.#constants = {
      source_key: constant(run.sourceKey),
      dataset_key: constant(run.datasetKey),
      ...(run.splitKey !== null && { split_key: constant(run.splitKey) }),
    };
  }

  /** Inside of a transaction in which the source is stored. */
  static async open(connection: SqlConnection, run: RunState): Promise<ImageIntake> {
    const others = await connection.all(
      `SELECT 1 FROM images WHERE dataset_key = $1 AND split_key IS NOT DISTINCT FROM $2::BIGINT AND source_key <> $3
       LIMIT 1`,
      [run.datasetKey, run.splitKey, run.sourceKey],
    );
    const direct = others.length === 0;
    if (!direct) await giveBack(connection, run);
    const keys = direct ? await knownKeys(connection, run) : new IdKeys();
    return new ImageIntake(run, direct, keys, await nextKey(connection, 'images', 'image_key'));
  }

  async append(
    connection: SqlConnection,
    { columns, length }: TableBatch<'images'>,
    onCopied?: () => void,
  ): Promise<void> {
    const { index, ...rest } = columns;
    const { source_key, dataset_key, split_key } = this.#constants as Record<string, Int64Column>;
    const record = { ...rest, idx: index, ...(source_key && { source_key }) };
    if (!this.#direct) {
      await connection.append('incoming_images', record, length, onCopied);
      return;
    }
    const image_key = dense(this.#nextKey, length);
    this.#keys.addAll(columns.id, Number(this.#nextKey), length);
    this.#nextKey += BigInt(length);
    let lookers = 2;
    const copied = (): void => {
      if (--lookers === 0) onCopied?.();
    };
    await connection.append(
      'images',
      {
        ...record,
        image_key,
        media_state: this.#mediaState,
        ...(dataset_key && { dataset_key }),
        ...(split_key && { split_key }),
      },
      length,
      copied,
    );
    const { id, id_text, byte_offset, key } = columns;
    await connection.append(
      'source_images',
      {
        image_key,
        id,
        id_text,
        byte_offset,
        idx: index,
        differs: constantFalse(),
        ...(key && { key }),
        ...(source_key && { source_key }),
      },
      length,
      copied,
    );
  }

  /** `image_key` of annotations; undefined where no image is known. */
  resolve(ids: Int64Column, rows: number): Int64Column | undefined {
    return this.#keys.resolve(ids, rows);
  }
}

/** Keys of the images that an attempt before this one stored. */
async function knownKeys(connection: SqlConnection, run: RunState): Promise<IdKeys> {
  const keys = new IdKeys();
  const rows = connection.batches(
    `SELECT id::INTEGER AS id, image_key::INTEGER AS key FROM source_images
     WHERE source_key = ? AND id BETWEEN -2147483648 AND 2147483647 AND image_key < 2147483648`,
    [run.sourceKey],
  );
  for await (const { length, columns } of rows) {
    const [ids = [], own = []] = columns as readonly ArrayLike<number>[];
    for (let row = 0; row < length; row++) keys.add(ids[row] ?? 0, own[row] ?? 0);
  }
  return keys;
}

/**
 * Another source came while an attempt at this one was paused: its records have to be merged after all. The rows that
 * they became stay, and are found again by the merge.
 */
async function giveBack(connection: SqlConnection, { sourceKey }: RunState): Promise<void> {
  const stored = await connection.all('SELECT 1 FROM source_images WHERE source_key = ? LIMIT 1', [sourceKey]);
  if (stored.length === 0) return;
  const names = RECORD_COLUMNS.images;
  await connection.run(
    `INSERT INTO incoming_images (source_key, idx, byte_offset, key, ${names.join(', ')})
     SELECT s.source_key, s.idx, s.byte_offset, s.key, ${names.map((name) => `i.${name}`).join(', ')}
     FROM source_images s JOIN images i USING (image_key) WHERE s.source_key = ? ORDER BY s.idx`,
    [sourceKey],
  );
  await connection.run('DELETE FROM source_images WHERE source_key = ?', [sourceKey]);
}
