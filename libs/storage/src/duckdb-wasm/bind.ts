import type { SqlValue } from '@datavis/plugin-sdk';

/** What duckdb-wasm can bind: it sends values as JSON, and every number arrives as DOUBLE. */
type Bindable = string | number | boolean;

/** Strings, quoted names, comments, dollar quotes: marks inside of these are text. */
const tokens =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|\$(\d+)|\?/g;

/**
 * Rewrites each mark so that its value keeps its type on the way through JSON: integers travel as text and are cast
 * back to BIGINT, lists become list constructors. No value is ever put into the statement's text.
 */
export function bindMarks(sql: string, values: readonly SqlValue[]): { sql: string; values: Bindable[] } {
  const bound: Bindable[] = [];
  let next = 0;
  const rewritten = sql.replace(tokens, (token, _tag: string | undefined, number: string | undefined) => {
    if (token !== '?' && number === undefined) return token;
    const at = number === undefined ? next++ : Number(number) - 1;
    const value = values[at];
    return value === undefined ? missing(bound) : mark(value, bound);
  });
  return { sql: rewritten, values: bound };
}

/** Left unbound, so that the engine itself names what is missing. */
function missing(bound: readonly Bindable[]): string {
  return `$${bound.length + 1000}`;
}

function mark(value: SqlValue, bound: Bindable[]): string {
  if (value === null) return 'NULL';
  if (typeof value === 'object') return `[${value.map((item) => mark(item, bound)).join(', ')}]`;
  if (typeof value === 'boolean') return cast(value, 'BOOLEAN', bound);
  if (typeof value === 'string') return cast(value, 'VARCHAR', bound);
  if (typeof value === 'bigint' || (Number.isInteger(value) && Math.abs(value) < 2 ** 63)) {
    return cast(String(BigInt(value)), 'BIGINT', bound);
  }
  // JSON has no infinities and no NaN; text has.
  return cast(Number.isFinite(value) ? value : String(value), 'DOUBLE', bound);
}

function cast(value: Bindable, type: string, bound: Bindable[]): string {
  bound.push(value);
  return `CAST($${bound.length} AS ${type})`;
}
