import { queryError } from './errors.js';

/** The last row of a page: where the next one goes on. */
export interface PageCursor {
  readonly sort: string;
  /** The row's sort value; absent where the order is that of the keys. */
  readonly value?: string | number | null;
  readonly key: bigint;
}

/** Opaque to callers, but not secret: it holds nothing that the page did not show. */
export function encodeCursor({ sort, value, key }: PageCursor): string {
  const text = JSON.stringify([sort, key.toString(), ...(value === undefined ? [] : [value])]);
  // Without Buffer, which browsers do not have.
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @throws `DATAVIS_CATALOG_CURSOR` for what is no cursor, or belongs to another order. */
export function decodeCursor(text: string, sort: string): PageCursor {
  let parts: unknown;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    parts = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (sign) => sign.charCodeAt(0))));
  } catch (cause) {
    throw queryError('DATAVIS_CATALOG_CURSOR', 'This is no cursor', { cause });
  }
  if (!Array.isArray(parts)) throw queryError('DATAVIS_CATALOG_CURSOR', 'This is no cursor');
  const [of, key, value] = parts as readonly unknown[];
  const plain = value === undefined || value === null || typeof value === 'number' || typeof value === 'string';
  if (typeof key !== 'string' || !/^\d{1,18}$/.test(key) || !plain || parts.length > 3) {
    throw queryError('DATAVIS_CATALOG_CURSOR', 'This is no cursor');
  }
  if (of !== sort) {
    throw queryError('DATAVIS_CATALOG_CURSOR', 'The cursor belongs to another order', {
      hint: 'Pass a cursor with the same parameters as the page it came with.',
    });
  }
  return { sort, key: BigInt(key), ...(value !== undefined && { value }) };
}
