/** A 64-bit integer for JSON: a number where JSON readers keep it exact, else decimal text. */
export function exactInteger(value: unknown): number | string | null {
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
  }
  return typeof value === 'number' ? value : null;
}

/** A row key as decimal text. */
export function keyText(value: unknown): string | null {
  return typeof value === 'bigint' || typeof value === 'number' ? value.toString() : null;
}

/** A source id: an integer, or the text it was in the source. */
export function sourceId(integer: unknown, text: unknown): number | string | null {
  return exactInteger(integer) ?? (typeof text === 'string' ? text : null);
}

/** A number; bigint where it is small enough to be exact. */
export function numberOrNull(value: unknown): number | null {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** JSON text as the value it stands for; what is no JSON stays text, so that nothing is lost. */
export function jsonOrNull(value: unknown): unknown {
  if (typeof value !== 'string') return null;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** A list of numbers, whatever array type the driver used. */
export function numbersOrNull(value: unknown): number[] | null {
  return isList(value) ? Array.from(value, Number) : null;
}

export function listsOrNull(value: unknown): number[][] | null {
  return isList(value) ? Array.from(value, (part) => numbersOrNull(part) ?? []) : null;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
