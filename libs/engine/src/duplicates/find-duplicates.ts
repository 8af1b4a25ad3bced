import { DataVisError, type CallOptions, type SqlDatabase } from '@datavis/plugin-sdk';

export interface DuplicateImage {
  readonly imageKey: bigint;
  readonly fileName: string | null;
  readonly split: string | null;
}

/** Images whose files are equal byte for byte. */
export interface DuplicateGroup {
  readonly contentHash: string;
  readonly images: readonly DuplicateImage[];
  /** Its images are in more than one split: what a model is tested on, it was trained on. */
  readonly leaks: boolean;
}

export interface DuplicateReport {
  /** Images with a content hash; only these are compared. A media scan with `hashes` gives them all one. */
  readonly hashed: number;
  readonly unhashed: number;
  readonly groups: readonly DuplicateGroup[];
  /** Groups by the splits they join, such as `{"train + val": 2}`. */
  readonly leaks: Readonly<Record<string, number>>;
}

/**
 * Groups of equal pictures, those that leak between splits first.
 *
 * @throws `DATAVIS_CATALOG_NOT_FOUND`
 */
export async function findDuplicates(
  database: SqlDatabase,
  dataset: string,
  call: CallOptions = {},
): Promise<DuplicateReport> {
  const connection = await database.connect();
  try {
    const [counts] = await connection.all<{ known: boolean; hashed: bigint; unhashed: bigint }>(
      `SELECT (SELECT count(*) > 0 FROM datasets WHERE name = $1) AS known, count(content_hash) AS hashed,
         count(*) - count(content_hash) AS unhashed
       FROM images WHERE dataset_key = (SELECT dataset_key FROM datasets WHERE name = $1)`,
      [dataset],
      call,
    );
    if (counts?.known !== true) {
      throw new DataVisError('DATAVIS_CATALOG_NOT_FOUND', `There is no dataset ${JSON.stringify(dataset)}`);
    }
    const rows = await connection.all<{
      content_hash: string;
      keys: bigint[];
      names: (string | null)[];
      splits: (string | null)[];
    }>(
      `SELECT content_hash, list(image_key ORDER BY image_key) AS keys, list(file_name ORDER BY image_key) AS names,
         list(s.name ORDER BY image_key) AS splits
       FROM images i LEFT JOIN splits s USING (split_key)
       WHERE i.dataset_key = (SELECT dataset_key FROM datasets WHERE name = ?) AND content_hash IS NOT NULL
       -- One file that several records of a split name is no duplicate; of several splits it is a leak.
       GROUP BY content_hash HAVING count(DISTINCT media_uri) > 1 OR count(DISTINCT coalesce(s.name, '')) > 1
       ORDER BY count(DISTINCT s.name) DESC, content_hash`,
      [dataset],
      call,
    );
    const leaks: Record<string, number> = {};
    const groups = rows.map(({ content_hash, keys, names, splits }): DuplicateGroup => {
      const joined = [...new Set(splits.map((split) => split ?? 'no split'))].sort();
      if (joined.length > 1) leaks[joined.join(' + ')] = (leaks[joined.join(' + ')] ?? 0) + 1;
      const images = keys.map((imageKey, at) => ({
        imageKey,
        fileName: names[at] ?? null,
        split: splits[at] ?? null,
      }));
      return { contentHash: content_hash, images, leaks: joined.length > 1 };
    });
    return { hashed: Number(counts.hashed), unhashed: Number(counts.unhashed), groups, leaks };
  } finally {
    await connection.close();
  }
}
