import { deepStrictEqual } from 'node:assert/strict';
import { isDataVisError } from '@datavis/plugin-sdk';
import type { ObjectEntry, ObjectStat, ObjectStore } from '@datavis/plugin-sdk';

/** A store under test, filled with the objects the check asked for. */
export interface StoreUnderTest {
  readonly store: ObjectStore;
  /** Replaces an object behind the store's back. Without it, nothing is checked about changes in mid-read. */
  readonly replace?: ((key: string, bytes: Uint8Array) => Promise<void>) | undefined;
  /** Files or sockets that reads hold at the moment. Without it, release is checked only by reading on. */
  readonly openHandles?: (() => number | Promise<number>) | undefined;
  close(): Promise<void>;
}

export interface ObjectStoreHarness {
  /** A store that holds just these objects. */
  create(objects: ReadonlyMap<string, Uint8Array>): Promise<StoreUnderTest>;
  /** What the store can do, as its `capabilities` will say. */
  readonly capabilities: ObjectStore['capabilities'];
  /** Keys the place cannot hold at all, such as `a\b` in a zip archive; said aloud by the name of the skipped check. */
  readonly impossibleKeys?: ((key: string) => boolean) | undefined;
  /** Objects of the check of long listings. Default 10,000. */
  readonly manyObjects?: number | undefined;
}

/** One requirement: give `name` and `run` to any test runner. */
export interface ObjectStoreCheck {
  readonly name: string;
  /** Set where the store lacks what the check needs: report it as skipped, with this reason. */
  readonly skip?: string | undefined;
  run(): Promise<void>;
}

export type ReadCheck = (subject: StoreUnderTest) => Promise<void>;

/** Bytes that differ at every offset from those of another seed, so that a shifted or mixed read shows. */
export function patterned(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 0xff;
  }
  return bytes;
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function entries(source: AsyncIterable<ObjectEntry>): Promise<ObjectEntry[]> {
  const all: ObjectEntry[] = [];
  for await (const entry of source) all.push(entry);
  return all;
}

export async function keys(source: AsyncIterable<ObjectEntry>): Promise<string[]> {
  return (await entries(source)).map((entry) => entry.key);
}

export async function statOf(store: ObjectStore, key: string): Promise<ObjectStat> {
  const stat = await store.stat(key);
  if (stat === undefined) throw new Error(`${key} should exist`);
  return stat;
}

/** Equality by length and first difference: a diff of two megabytes helps nobody. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (Buffer.compare(actual, expected) === 0) return;
  let at = 0;
  while (at < actual.length && actual[at] === expected[at]) at++;
  throw new Error(`${what}: got ${actual.length} bytes, expected ${expected.length}, first difference at ${at}`);
}

/** Settles with the code of the DataVis error that `promise` rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isDataVisError(error)) return error.code;
    throw error;
  }
  return 'no error';
}

export async function rejectsWith(promise: Promise<unknown>, ...codes: string[]): Promise<void> {
  const code = await codeOf(promise);
  deepStrictEqual(codes.includes(code), true, `expected ${codes.join(' or ')}, got ${code}`);
}

/** Waits, because a socket closes a moment after its stream. */
export async function handlesReleased(subject: StoreUnderTest): Promise<void> {
  if (subject.openHandles === undefined) return;
  for (let round = 0; round < 50; round++) {
    if ((await subject.openHandles()) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  deepStrictEqual(await subject.openHandles(), 0, 'files or sockets left open');
}
