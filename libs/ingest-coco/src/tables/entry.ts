/** One key of a record with its value, as the plain path (tables/*-table.ts `writeEntries`) takes it. */
export interface Entry {
  /** Decoded key. */
  readonly key: string;
  /** The key as found, in its quotes. */
  readonly rawKey: Uint8Array;
  /** What JSON.parse makes of `text`. */
  readonly value: unknown;
  /** The value as found; non-finite tokens are replaced by `null`. */
  readonly text: string;
  readonly raw: Uint8Array;
  /** The value holds NaN or an infinity. */
  readonly nonFinite: boolean;
  /** Offset in the file of the value, or of its first non-finite token. */
  readonly byteOffset: number;
}

const NON_FINITE_OR_STRING = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;

/** Replaces bare NaN and infinities by `null`; strings are left alone. */
export function withoutNonFinite(json: string): string {
  return json.replace(NON_FINITE_OR_STRING, (token) => (token.startsWith('"') ? token : 'null'));
}

/** Keeps the last value of each key, in the place of its first: what JSON.parse does. */
export function lastOfEachKey(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [entry.key, entry])).values()];
}
