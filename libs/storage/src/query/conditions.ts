import type { SqlValue } from '@datavis/plugin-sdk';
import type { NameSet, NumberRange } from './record-filter.js';

/** A statement in the making: text with `?`, and the values for them in order. Values never become text. */
export interface Condition {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

export function all(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.length === 0 ? 'true' : conditions.map(({ sql }) => sql).join(' AND '),
    params: conditions.flatMap(({ params }) => params),
  };
}

/** `column` is written by us, never by a user. */
export function inRange(column: string, { min, max, minExclusive, maxExclusive }: NumberRange): Condition[] {
  return [
    ...(min === undefined ? [] : [{ sql: `${column} ${minExclusive ? '>' : '>='} ?`, params: [min] }]),
    ...(max === undefined ? [] : [{ sql: `${column} ${maxExclusive ? '<' : '<='} ?`, params: [max] }]),
  ];
}

/** Keys of rows with one of the names: `select` ends in a comparison with the list. */
export function inNames(
  key: string,
  keysOf: (names: readonly string[]) => Condition,
  { anyOf, noneOf }: NameSet,
): Condition[] {
  const found: Condition[] = [];
  if (anyOf.length > 0) {
    const keys = keysOf(anyOf);
    found.push({ sql: `${key} IN (${keys.sql})`, params: keys.params });
  }
  if (noneOf.length > 0) {
    const keys = keysOf(noneOf);
    // NOT IN is never true where a key is NULL, on either side.
    found.push({ sql: `coalesce(${key} NOT IN (${keys.sql}), true)`, params: keys.params });
  }
  return found;
}
