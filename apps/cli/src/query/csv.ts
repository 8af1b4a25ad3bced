import { toJson } from './json.js';

/** A value as text, without quotes: texts as they are, dates as ISO 8601, lists and structs as JSON, null as nothing. */
export function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number') return String(value);
  return toJson(value);
}

/** One line of CSV (RFC 4180): fields with a comma, quote or line break are quoted. An empty text is `""`, null nothing. */
export function toCsvLine(values: readonly unknown[]): string {
  return values
    .map((value) => {
      const text = toText(value);
      return text === ''
        ? value === ''
          ? '""'
          : ''
        : /[",\r\n]/.test(text)
          ? `"${text.replaceAll('"', '""')}"`
          : text;
    })
    .join(',');
}
