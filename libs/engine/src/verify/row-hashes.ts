import { hasValue, type CocoBatch, type Column } from '@datavis/plugin-sdk';

/** Place columns that say where a record stands in its file, not what it says. */
const NOT_CONTENT = new Set(['index', 'byte_offset']);

/** 32-bit hashes of a section's records, in order, by index; a record that was left out has none. */
export class SectionHashes {
  count = 0;
  /** Sum of all hashes: equal for equal records in any order. */
  sum = 0;
  /** Chain of all hashes: equal for equal records in the same order only. */
  chain = 0;
  #hashes = new Uint32Array(1024);
  #length = 0;

  add(index: number, hash: number): void {
    if (index >= this.#hashes.length) {
      const larger = new Uint32Array(Math.max(this.#hashes.length * 2, index + 1));
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    // 0 is kept for "no record".
    this.#hashes[index] = hash === 0 ? 1 : hash;
    this.#length = Math.max(this.#length, index + 1);
    this.count += 1;
    this.sum = (this.sum + hash) >>> 0;
    this.chain = (Math.imul(this.chain, 0x01000193) ^ hash) >>> 0;
  }

  /** Hashes of the records that are there, in order. */
  present(): Uint32Array {
    return this.#hashes.subarray(0, this.#length).filter((hash) => hash !== 0);
  }

  /** Index in the file of the `nth` record that is there. */
  indexOf(nth: number): number {
    let seen = -1;
    for (let index = 0; index < this.#length; index += 1) {
      if (this.#hashes[index] !== 0 && (seen += 1) === nth) return index;
    }
    return this.#length;
  }
}

/** Adds the rows of a batch to the hashes of its section. */
export function hashBatch(batch: CocoBatch, into: Map<string, SectionHashes>): void {
  let section = into.get(batch.section);
  if (section === undefined) into.set(batch.section, (section = new SectionHashes()));
  const hashes = new Uint32Array(batch.length).fill(0x811c9dc5);
  const columns = Object.entries(batch.columns as unknown as Record<string, Column | undefined>);
  for (const [name, column] of columns.sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (column === undefined || NOT_CONTENT.has(name)) continue;
    const seed = hashBytes(0x811c9dc5, new TextEncoder().encode(name), 0, name.length);
    for (let row = 0; row < batch.length; row += 1) {
      if (!hasValue(column, row)) continue;
      hashes[row] = hashValue(mix(hashes[row] ?? 0, seed), column, row);
    }
  }
  const { values } = batch.columns.index;
  for (let row = 0; row < batch.length; row += 1) section.add(values[row] ?? 0, hashes[row] ?? 0);
}

export function hashOfText(text: string): SectionHashes {
  const bytes = new TextEncoder().encode(text);
  const section = new SectionHashes();
  section.add(0, hashBytes(0x811c9dc5, bytes, 0, bytes.length));
  return section;
}

function hashValue(hash: number, column: Column, row: number): number {
  switch (column.type) {
    case 'utf8':
    case 'json':
      return hashBytes(hash, column.bytes, column.offsets[row] ?? 0, column.offsets[row + 1] ?? 0);
    case 'f64[]':
      return hashNumbers(hash, column.values, column.offsets[row] ?? 0, column.offsets[row + 1] ?? 0);
    case 'f64[][]': {
      let result = hash;
      for (let part = column.offsets[row] ?? 0; part < (column.offsets[row + 1] ?? 0); part += 1) {
        const from = column.partOffsets[part] ?? 0;
        const to = column.partOffsets[part + 1] ?? 0;
        result = hashNumbers(mix(result, to - from), column.values, from, to);
      }
      return result;
    }
    case 'f32[n]':
      return hashNumbers(hash, column.values, row * column.width, (row + 1) * column.width);
    case 'i64':
      return mix(
        mix(hash, Number(BigInt.asUintN(32, column.values[row] ?? 0n))),
        Number((column.values[row] ?? 0n) >> 32n),
      );
    case 'f64':
    case 'f32':
      return hashNumbers(hash, column.values, row, row + 1);
    case 'i32':
    case 'bool':
      return mix(hash, column.values[row] ?? 0);
  }
}

function mix(hash: number, word: number): number {
  return Math.imul(Math.imul(hash ^ word, 0x01000193) ^ (word >>> 15), 0x85ebca6b) >>> 0;
}

function hashBytes(hash: number, bytes: Uint8Array, from: number, to: number): number {
  let result = mix(hash, to - from);
  for (let at = from; at < to; at += 1) result = Math.imul(result ^ (bytes[at] ?? 0), 0x01000193) >>> 0;
  return result;
}

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

function hashNumbers(hash: number, values: ArrayLike<number>, from: number, to: number): number {
  let result = mix(hash, to - from);
  for (let at = from; at < to; at += 1) {
    number[0] = values[at] ?? 0;
    result = mix(mix(result, words[0] ?? 0), words[1] ?? 0);
  }
  return result;
}
