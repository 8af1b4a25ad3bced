import type { PluginDb } from '@datavis/plugin-sdk';

export interface DuplicateGroup {
  /** `exact`: the same bytes. `near`: the same picture within the allowed distance. */
  readonly kind: 'exact' | 'near';
  readonly images: readonly { readonly fileName: string; readonly split: string | null }[];
  /** Splits the group reaches into; more than one is a leak. */
  readonly splits: readonly string[];
}

/**
 * Pairs at most `distance` bits apart. Two hashes that differ in fewer bits than there are bands are equal in one band
 * at least, so only those within one band are compared: no pair is missed, and not all n² are looked at.
 */
function pairsSql(distance: number): string {
  const bands = distance < 4 ? 4 : 8;
  const bits = 64 / bands;
  const mask = 2 ** bits - 1;
  return `
    WITH bands AS (
      SELECT image_key, dhash, band, (dhash >> (band * ${bits})) & ${mask} AS part
      FROM images_hashed, range(${bands}) AS t(band) WHERE dhash IS NOT NULL)
    SELECT DISTINCT a.image_key AS a, b.image_key AS b
    FROM bands a JOIN bands b ON a.band = b.band AND a.part = b.part AND a.image_key < b.image_key
    WHERE bit_count(xor(a.dhash, b.dhash)) <= $1`;
}

interface ImageRow {
  readonly [name: string]: unknown;
  readonly image_key: bigint;
  readonly file_name: string;
  readonly split: string | null;
  readonly sha256: string;
}

export async function findGroups(db: PluginDb, maxDistance: number): Promise<DuplicateGroup[]> {
  const rows = await db.query<ImageRow>(
    `SELECT i.image_key, i.file_name, s.name AS split, h.sha256
     FROM ${db.schema}.images h JOIN main.images i USING (image_key)
     LEFT JOIN main.splits s ON s.split_key = i.split_key ORDER BY i.image_key`,
  );
  const images = new Map(rows.map((row) => [row.image_key, row]));
  const sql = pairsSql(maxDistance).replace('images_hashed', `${db.schema}.images`);
  const pairs = await db.query<{ a: bigint; b: bigint }>(sql, [maxDistance]);
  const groups = joined(pairs.map(({ a, b }) => [a, b] as const));
  return groups.map((keys) => {
    const members = keys.flatMap((key) => images.get(key) ?? []);
    const hashes = new Set(members.map(({ sha256 }) => sha256));
    const splits = [...new Set(members.flatMap(({ split }) => split ?? []))].sort();
    const list = members.map(({ file_name, split }) => ({ fileName: file_name, split }));
    return { kind: hashes.size === 1 ? 'exact' : 'near', images: list, splits };
  });
}

/** Connected groups of pairs, by union and find; in the order of their first members, whatever that of the pairs. */
export function joined(pairs: readonly (readonly [bigint, bigint])[]): bigint[][] {
  const parent = new Map<bigint, bigint>();
  const find = (key: bigint): bigint => {
    let root = key;
    while (parent.get(root) !== undefined && parent.get(root) !== root) root = parent.get(root) ?? root;
    parent.set(key, root);
    return root;
  };
  for (const [a, b] of pairs) parent.set(find(a), find(b));
  const groups = new Map<bigint, bigint[]>();
  for (const key of new Set(pairs.flat())) {
    const root = find(key);
    groups.set(root, [...(groups.get(root) ?? []), key]);
  }
  const upwards = (a = 0n, b = 0n): number => (a < b ? -1 : 1);
  const sorted = [...groups.values()].map((keys) => keys.sort(upwards));
  return sorted.sort(([a], [b]) => upwards(a, b));
}
