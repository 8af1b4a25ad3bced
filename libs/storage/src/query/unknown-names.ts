import type { CallOptions, SqlConnection, SqlValue } from '@datavis/plugin-sdk';
import type { RecordFilter } from './record-filter.js';

/** Conditions on names, and where the names of a dataset are. */
const named = {
  category: { what: 'category', sql: 'SELECT name FROM categories WHERE dataset_key = ?' },
  supercategory: { what: 'supercategory', sql: 'SELECT supercategory FROM categories WHERE dataset_key = ?' },
  split: { what: 'split', sql: 'SELECT name FROM splits WHERE dataset_key = ?' },
} as const;

const MAX_NAMED = 3;

/**
 * Names that a filter asks for and the dataset does not have, as sentences, each with the name that was likely meant;
 * undefined where it has all of them.
 */
export async function unknownNames(
  connection: SqlConnection,
  datasetKey: bigint,
  filter: RecordFilter,
  call: CallOptions,
): Promise<string | undefined> {
  const sentences: string[] = [];
  for (const [condition, { what, sql }] of Object.entries(named)) {
    const wanted = filter[condition as keyof typeof named]?.anyOf ?? [];
    if (wanted.length === 0) continue;
    for (const { name, close } of await unknown(connection, sql, [[...wanted], datasetKey], call)) {
      const meant = close === null ? '' : ` Did you mean ${quoted(close)}?`;
      sentences.push(`There is no ${what} ${quoted(name)} in this dataset.${meant}`);
    }
  }
  if (sentences.length === 0) return undefined;
  const more = sentences.length - MAX_NAMED;
  return [...sentences.slice(0, MAX_NAMED), ...(more > 0 ? [`Nor are there ${more} more names.`] : [])].join(' ');
}

function unknown(
  connection: SqlConnection,
  names: string,
  params: readonly SqlValue[],
  call: CallOptions,
): Promise<{ name: string; close: string | null }[]> {
  return connection.all(
    `WITH wanted AS (SELECT DISTINCT unnest(?::VARCHAR[]) AS name), known(name) AS (${names}),
       pairs AS (SELECT w.name, k.name AS close, damerau_levenshtein(lower(w.name), lower(k.name)) AS typos
         FROM wanted w LEFT JOIN known k ON k.name IS NOT NULL)
     SELECT name, -- A typing error in every three letters.
       arg_min(close, typos) FILTER (typos <= greatest(1, length(name) // 3)) AS close FROM pairs
     GROUP BY name HAVING coalesce(bool_and(close IS DISTINCT FROM name), true) ORDER BY name`,
    params,
    call,
  );
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
