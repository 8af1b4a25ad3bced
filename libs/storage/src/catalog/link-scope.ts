/**
 * Sources that are joined to their dataset in one step: those with the keys `first` to `last`, all of one dataset. One,
 * where `first` is `last`; a group of small files that were read one after the other has as many statements as one.
 */
export interface LinkScope {
  readonly first: bigint;
  readonly last: bigint;
  readonly datasetKey: bigint;
}

/** Values of `$1` and `$2` in {@link inScope}. */
export function boundsOf({ first, last }: Pick<LinkScope, 'first' | 'last'>): [first: bigint, last: bigint] {
  return [first, last];
}

/** Rows of the sources, by a column that holds their keys. */
export function inScope(column = 'source_key'): string {
  return `${column} BETWEEN $1 AND $2`;
}
