import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';

/** Objects by name, with the metadata that the JSON API gives of them. */
export class Bucket {
  /** @type {Map<string, import('./index.d.mts').FakeObject>} */
  #objects = new Map();
  #generation = 1_700_000_000_000_000;

  get(name, generation) {
    const object = this.#objects.get(name);
    return generation === undefined || object?.generation === generation ? object : undefined;
  }

  put(name, bytes, { contentType, contentEncoding } = {}) {
    const object = {
      name,
      bytes,
      contentType: contentType ?? 'application/octet-stream',
      contentEncoding,
      generation: String(++this.#generation),
      crc32c: base64Crc32c(bytes),
      md5: createHash('md5').update(bytes).digest('base64'),
      updated: new Date().toISOString(),
    };
    this.#objects.set(name, object);
    return object;
  }

  delete(name) {
    return this.#objects.delete(name);
  }

  /** One page in UTF-8 byte order; items and folded prefixes share the limit and the token, as on the real service. */
  list({ prefix = '', delimiter, startOffset, pageToken, maxResults }) {
    const from = pageToken === undefined ? undefined : Buffer.from(pageToken, 'base64url').toString();
    const entries = new Map();
    for (const object of this.#objects.values()) {
      if (!object.name.startsWith(prefix)) continue;
      if (startOffset !== undefined && byteOrder(object.name, startOffset) < 0) continue;
      const cut = delimiter ? object.name.indexOf(delimiter, prefix.length) : -1;
      const folded = cut === -1 ? undefined : object.name.slice(0, cut + delimiter.length);
      const key = folded ?? object.name;
      if (from !== undefined && byteOrder(key, from) <= 0) continue;
      entries.set(key, folded === undefined ? object : undefined);
    }
    const sorted = [...entries].sort(([a], [b]) => byteOrder(a, b));
    const page = sorted.slice(0, maxResults);
    return {
      items: page.flatMap(([, object]) => (object ? [object] : [])),
      prefixes: page.flatMap(([key, object]) => (object ? [] : [key])),
      nextPageToken: sorted.length > page.length ? Buffer.from(page.at(-1)[0]).toString('base64url') : undefined,
    };
  }
}

/** Big-endian base64, as the API gives it. */
export function base64Crc32c(bytes) {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32c(bytes));
  return value.toString('base64');
}

function byteOrder(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
