import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { startFakeGcs } from '@datavis/fake-gcs';
import type { FakeGcs } from '@datavis/fake-gcs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultRun, IDLE_MS } from '../../testing/gcs-fault-run.js';
import { codeOf, collect, patterned } from '../conformance/harness.js';
import { GcsObjectStore } from './gcs-object-store.js';
import type { GcsObjectStoreOptions } from './gcs-object-store.js';

let server: FakeGcs;
let stores: GcsObjectStore[] = [];

function open(options: Partial<GcsObjectStoreOptions> = {}): GcsObjectStore {
  const store = new GcsObjectStore({
    root: 'gs://b',
    apiEndpoint: server.url,
    idleTimeoutMs: 250,
    // Far longer than the faults of a test last, also where the machine has much else to do.
    giveUpAfterMs: 10_000,
    retryBaseMs: 2,
    pieceBytes: 1_048_576,
    ...options,
  });
  stores.push(store);
  return store;
}

async function socketsClosed(): Promise<number> {
  for (let round = 0; round < 100 && server.openSockets > 0; round++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return server.openSockets;
}

beforeEach(async () => {
  server = await startFakeGcs();
  server.createBucket('b');
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  await server.close();
});

describe('acceptance 43: a read over a bad network', () => {
  it('is whole or fails with a code within twice the idle limit, 25 seeded runs', { timeout: 60_000 }, async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 25; seed++) {
      const run = await faultRun(server, seed);
      expect(run.faults, `seed ${seed} injected nothing`).toBeGreaterThan(0);
      const allowed = run.kind === 'change' ? ['changed whole', 'DATAVIS_STORAGE_CHANGED'] : ['whole'];
      if (run.kind === 'corrupt') allowed.push('DATAVIS_STORAGE_CORRUPT');
      expect(allowed, `seed ${seed}, ${run.kind}`).toContain(run.result);
      if (run.kind === 'corrupt') expect(run.result).toBe('DATAVIS_STORAGE_CORRUPT');
      expect(run.elapsedMs, `seed ${seed}, ${run.kind}`).toBeLessThan(2 * IDLE_MS + 1_000);
      seen.add(run.kind);
    }
    expect(seen.size).toBe(10);
    expect(await socketsClosed()).toBe(0);
  });

  it.each(['stall', 'fin'] as const)(
    'gives up when every connection ends in %s at its first byte',
    async (kind) => {
      server.put('b', 'x', patterned(100_000));
      server.faults.add({ kind, afterBytes: 0, times: 10_000 });
      expect(await codeOf(collect(open({ giveUpAfterMs: 500 }).read('x')))).toBe('DATAVIS_STORAGE_UNAVAILABLE');
    },
  );

  it('goes on at the byte where the body was cut, in the generation it began with', async () => {
    const generation = server.put('b', 'x', patterned(900_000));
    server.faults.add({ kind: 'fin', afterBytes: 500_000 });
    expect((await collect(open().read('x'))).equals(patterned(900_000))).toBe(true);
    const media = server.requests.filter((request) => request.kind === 'media');
    expect(media.map((request) => request.range)).toEqual(['bytes=0-1048575', 'bytes=500000-1048575']);
    expect(media[1]?.query.get('generation')).toBe(generation);
  });

  it('fetches a small object again when its checksum is wrong, and fails when it stays wrong', async () => {
    server.put('b', 'x', patterned(900_000));
    server.faults.add({ kind: 'corrupt', afterBytes: 500 });
    expect((await collect(open().read('x'))).equals(patterned(900_000))).toBe(true);
    server.faults.add({ kind: 'corrupt', afterBytes: 500, times: 2 });
    expect(await codeOf(collect(open().read('x')))).toBe('DATAVIS_STORAGE_CORRUPT');
  });

  it('waits as long as Retry-After says, and not at all where that is past the limit', async () => {
    server.put('b', 'x', patterned(10));
    server.faults.add({ kind: 'status', status: 429, retryAfter: 0.2 });
    const from = performance.now();
    await collect(open().read('x'));
    expect(performance.now() - from).toBeGreaterThanOrEqual(195);
    server.faults.add({ kind: 'status', status: 503, retryAfter: 60 });
    expect(await codeOf(collect(open({ giveUpAfterMs: 500 }).read('x')))).toBe('DATAVIS_STORAGE_UNAVAILABLE');
  });

  it('never hands out a part of another generation', async () => {
    server.put('b', 'x', patterned(3_000_000));
    server.faults.add({ kind: 'fin', afterBytes: 1_000 });
    server.faults.add({ kind: 'change', bytes: patterned(3_000_000, 8) });
    expect(await codeOf(collect(open().read('x')))).toBe('DATAVIS_STORAGE_CHANGED');
  });

  it.each([1, 2, 3, 9])('is whole with %i pieces at a time', async (piecesAhead) => {
    server.put('b', 'x', patterned(1_000_000));
    const store = open({ pieceBytes: 150_000, piecesAhead });
    expect((await collect(store.read('x'))).equals(patterned(1_000_000))).toBe(true);
    expect((await collect(store.read('x', { start: 7 }))).equals(patterned(1_000_000).subarray(7))).toBe(true);
    expect(server.openSockets).toBeLessThanOrEqual(piecesAhead);
  });

  it('leaves a slow consumer alone', async () => {
    server.put('b', 'x', patterned(3_000_000));
    const parts: Uint8Array[] = [];
    for await (const chunk of open({ idleTimeoutMs: 60 }).read('x')) {
      parts.push(chunk);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(Buffer.concat(parts).equals(patterned(3_000_000))).toBe(true);
  });
});

describe('other calls over a bad network', () => {
  it('stat, list and delete are tried again, and fail with a code when the service hangs', async () => {
    server.put('b', 'x', patterned(10));
    const store = open();
    for (const on of ['metadata', 'list', 'delete'] as const) {
      server.faults.add({ on, kind: 'status', status: 503 }, { on, kind: 'hang' });
    }
    expect((await store.stat('x'))?.size).toBe(10);
    for await (const entry of store.list('')) expect(entry.key).toBe('x');
    await store.delete('x');
    expect(await store.stat('x')).toBeUndefined();
    server.faults.add({ on: 'metadata', kind: 'hang', times: 100 });
    expect(await codeOf(open({ giveUpAfterMs: 500 }).stat('x'))).toBe('DATAVIS_STORAGE_UNAVAILABLE');
  });

  it(
    'a long write goes on where the service has it, and keeps no session when it fails',
    { timeout: 30_000 },
    async () => {
      const body = patterned(20_000_001);
      const store = open({ idleTimeoutMs: 1_000 });
      server.faults.add({ on: 'session', kind: 'status', status: 503 }, { on: 'session', kind: 'reset-before' });
      await store.write('long', body);
      expect(Buffer.compare(server.get('b', 'long')?.bytes ?? Buffer.alloc(0), body)).toBe(0);
      const open_ = server.openUploads;
      server.faults.add({ on: 'session', kind: 'status', status: 403 });
      expect(await codeOf(store.write('refused', body))).toBe('DATAVIS_STORAGE_FORBIDDEN');
      expect(server.openUploads).toBe(open_);
      expect(server.get('b', 'refused')).toBeUndefined();
    },
  );
});

describe('objects stored with Content-Encoding: gzip', () => {
  it('are read unpacked, at any range, checked and resumed', async () => {
    const plain = patterned(300_000).map((byte) => byte & 15);
    server.put('b', 'x', gzipSync(plain), { contentEncoding: 'gzip' });
    const store = open({ pieceBytes: 20_000 });
    expect((await store.stat('x'))?.contentEncoding).toBe('gzip');
    server.faults.add({ kind: 'reset', afterBytes: 5_000 });
    expect((await collect(store.read('x'))).equals(plain)).toBe(true);
    for (const [start, end] of [
      [0, 1],
      [1, 65_537],
      [250_000, 300_000],
      [299_999, 400_000],
      [300_000, 300_001],
    ] as const) {
      expect((await collect(store.read('x', { start, end }))).equals(plain.subarray(start, end)), `${start}`).toBe(
        true,
      );
    }
    server.faults.add({ kind: 'corrupt', afterBytes: 10_000, times: 1 });
    expect(await codeOf(collect(store.read('x')))).toBe('DATAVIS_STORAGE_CORRUPT');
  });
});

describe('credentials', () => {
  it('are sent where they are given', async () => {
    const guarded = await startFakeGcs({ token: 'right' });
    guarded.put('b', 'x', patterned(10));
    const url = guarded.url;
    const allowed = open({ apiEndpoint: url, authorize: async () => ({ authorization: 'Bearer right' }) });
    expect((await collect(allowed.read('x'))).length).toBe(10);
    const refused = open({
      apiEndpoint: url,
      authorize: async () => ({ authorization: 'Bearer ya29.very-secret' }),
    });
    const error: unknown = await collect(refused.read('x')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DATAVIS_STORAGE_FORBIDDEN' });
    expect(inspect(error, { depth: 10 })).not.toContain('very-secret');
    await guarded.close();
  });

  it('of a broken key file are named, not shown', async () => {
    const private_key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0LWtleQ==\n-----END PRIVATE KEY-----\n';
    const store = new GcsObjectStore({ root: 'gs://b', credentials: { client_email: 'a@b.c', private_key } });
    stores.push(store);
    const error: unknown = await collect(store.read('x')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DATAVIS_STORAGE_FORBIDDEN', place: { uri: 'gs://b' } });
    expect(inspect(error, { depth: 10 })).not.toContain('c2VjcmV0');
  });

  it('an upload session, which needs none, is not in an error', async () => {
    server.faults.add({ on: 'session', kind: 'status', status: 403, times: 10 });
    const error: unknown = await open()
      .write('x', patterned(9_000_000))
      .catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 10 })).not.toContain('upload_id');
  });
});

describe('connections', () => {
  it('are no more than maxSockets, whatever is asked at a time', async () => {
    for (let i = 0; i < 200; i++) server.put('b', `x${i}`, patterned(2_000, i));
    const store = open({ maxSockets: 4 });
    let most = 0;
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        expect((await collect(store.read(`x${i}`))).equals(patterned(2_000, i))).toBe(true);
        most = Math.max(most, server.openSockets);
      }),
    );
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    await store.close();
    expect(await socketsClosed()).toBe(0);
  });
});
