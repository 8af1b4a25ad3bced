/**
 * JSON that keeps whole numbers above 2^53 exact: bigint values are written as their digits, typed arrays as lists.
 *
 * @param digits - How a bigint is written instead.
 * @throws TypeError for what JSON has no form of, which `JSON.stringify` would leave out or write as `{}` in silence.
 */
export function exactJson(value: unknown, digits: (value: bigint) => string = String): string {
  const inner = (item: unknown): string => exactJson(item, digits);
  if (typeof value === 'bigint') return digits(value);
  if (value === undefined) return 'null';
  if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError(`a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${Array.from(value, inner).join(',')}]`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return `[${Array.from(value as unknown as ArrayLike<unknown>, inner).join(',')}]`;
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return inner((value as { toJSON(): unknown }).toJSON());
  }
  if (Symbol.iterator in value || Symbol.asyncIterator in value) {
    throw new TypeError('a Map, a Set or a generator: make a list or an object of it');
  }
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${inner(item)}`).join(',')}}`;
}
