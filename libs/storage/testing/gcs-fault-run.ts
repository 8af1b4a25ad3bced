import type { Fault, FakeGcs } from '@datavis/fake-gcs';
import { isDataVisError } from '@datavis/plugin-sdk';
import { collect, patterned } from '../src/conformance/harness.js';
import { GcsObjectStore } from '../src/gcs/gcs-object-store.js';

/** Long enough for a machine that is busy with other tests. */
export const IDLE_MS = 600;

/** A small generator with a seed (mulberry32), so that a failed run can be run again. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const KINDS = [
  'fin',
  'reset',
  'stall',
  'hang',
  'reset-before',
  '429',
  '503',
  'corrupt',
  'short',
  'change',
] as const;

export interface FaultOutcome {
  readonly kind: string;
  readonly seed: number;
  /** `whole`, `changed whole` (the object as it was replaced), a code, or what went wrong. */
  readonly result: string;
  readonly elapsedMs: number;
  readonly faults: number;
}

/** One download of 3 MiB in four pieces with one to three faults of a kind, all derived from the seed. */
export async function faultRun(server: FakeGcs, seed: number): Promise<FaultOutcome> {
  const next = random(seed);
  const kind = KINDS[seed % KINDS.length] ?? 'fin';
  const name = `object-${seed}`;
  const size = 3 * 1_048_576 + Math.floor(next() * 1000);
  const original = patterned(size, seed + 1);
  const replacement = patterned(size, seed + 7_001);
  server.put('faults', name, original);
  const before = server.faults.used;
  const count = kind === 'stall' || kind === 'hang' || kind === 'change' ? 1 : 1 + Math.floor(next() * 3);
  for (let i = 0; i < count; i++) server.faults.add(fault(kind, name, next, replacement));
  const store = new GcsObjectStore({
    root: 'gs://faults',
    apiEndpoint: server.url,
    idleTimeoutMs: IDLE_MS,
    retryBaseMs: 5,
    pieceBytes: 1_048_576,
  });
  const from = performance.now();
  let result: string;
  try {
    const bytes = await collect(store.read(name));
    if (bytes.equals(original)) result = 'whole';
    else result = bytes.equals(replacement) ? 'changed whole' : 'WRONG BYTES';
  } catch (error) {
    result = isDataVisError(error) ? error.code : `UNTYPED ${String(error)}`;
  }
  const elapsedMs = performance.now() - from;
  await store.close();
  return { kind, seed, result, elapsedMs, faults: server.faults.used - before };
}

function fault(kind: (typeof KINDS)[number], name: string, next: () => number, replacement: Uint8Array): Fault {
  const afterBytes = Math.floor(next() * 1_048_000);
  switch (kind) {
    case '429':
      return { kind: 'status', status: 429, retryAfter: 0.05, name };
    case '503':
      return { kind: 'status', status: 503, name };
    case 'hang':
    case 'reset-before':
      return { kind, name };
    case 'change':
      return { kind, bytes: replacement, name };
    default:
      return { kind, afterBytes, name };
  }
}
