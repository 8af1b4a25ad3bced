import { ok, strictEqual } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CocoBatch, Column } from '@datavis/plugin-sdk';
import { cocoFixture } from '../fixture.js';
import type { CheckSpec } from './check.js';
import { batchesOf, digestOf, Replay } from './replay.js';

/** Rows that go through the hooks for the check of memory. */
const MEMORY_ROWS = 200_000;
const DEFAULT_MAX_BYTES_PER_ROW = 64;
/** A collection that frees less than this found nothing of note. */
const SETTLED_BYTES = 64 * 1024;

function arraysOf(batch: CocoBatch): Uint8Array[] {
  const columns: Column[] = Object.values(batch.columns as unknown as Record<string, Column>);
  return columns.flatMap((column) =>
    Object.values(column)
      .filter((part): part is Uint8Array => ArrayBuffer.isView(part))
      .map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  );
}

function hashOf(batch: CocoBatch): string {
  const hash = createHash('sha256');
  for (const bytes of arraysOf(batch)) hash.update(bytes);
  return hash.digest('hex');
}

/**
 * Bytes that are in use after a collection of garbage, contents of typed arrays included. One collection is not
 * enough: contents are freed by another thread, and what a finalizer held falls a turn later.
 */
async function bytesInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let least = Infinity;
  for (let calm = 0; calm < 3;) {
    collect();
    await nextTurn();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const bytes = heapUsed + arrayBuffers;
    calm = bytes < least - SETTLED_BYTES ? 0 : calm + 1;
    least = Math.min(least, bytes);
  }
  return least;
}

/** Checks of what a plugin does with the memory of batches, and with memory at all. */
export const bufferChecks: readonly CheckSpec[] = [
  {
    name: 'retains-nothing',
    title: 'buffers overwritten after the hook change nothing',
    async run({ entry, fixture }) {
      const kept = await digestOf(entry, fixture, { batchRows: 7 });
      const poisoned = await digestOf(entry, fixture, {
        batchRows: 7,
        onBatch(batch, isDone) {
          if (isDone) for (const bytes of arraysOf(batch)) bytes.fill(0xab);
        },
      });
      strictEqual(poisoned, kept, 'something of a batch is used after its hook: copy what you keep');
    },
  },
  {
    name: 'reads-only',
    title: 'core columns are as they were, but for rewrites',
    async run({ entry, fixture }) {
      let before = '';
      const onBatch = (batch: CocoBatch, isDone: boolean): void => {
        if (!isDone) before = hashOf(batch);
        else strictEqual(hashOf(batch), before, `${batch.table}: a column was written to; use rewrite()`);
      };
      // Columns with rows without a value are handed out as copies: the second fixture has none.
      await digestOf(entry, fixture, { onBatch });
      await digestOf(entry, cocoFixture(), { onBatch });
    },
  },
  {
    name: 'bounded-memory',
    title: 'memory does not grow with the rows',
    async run({ entry, options, note }) {
      const fixture = cocoFixture({ images: 2000, annotationsPerImage: 1 });
      const replay = await Replay.open(entry);
      try {
        const { run } = await replay.begin();
        const batches: CocoBatch[] = [];
        for await (const batch of batchesOf(fixture)) batches.push(batch);
        const rows = batches.reduce((sum, batch) => sum + batch.length, 0);
        const rounds = Math.ceil(MEMORY_ROWS / rows);
        const pass = async (): Promise<void> => {
          for (const batch of batches) await run.transform(batch);
        };
        await pass();
        const before = await bytesInUse();
        const startedMs = performance.now();
        for (let round = 0; round < rounds; round++) await pass();
        const seconds = (performance.now() - startedMs) / 1000;
        const perRow = ((await bytesInUse()) - before) / (rounds * rows);
        note(
          `${Math.round((rounds * rows) / seconds).toLocaleString('en')} rows/s, ${perRow.toFixed(1)} bytes/row`,
        );
        const limit = options.maxBytesPerRow ?? DEFAULT_MAX_BYTES_PER_ROW;
        ok(perRow < limit, `${perRow.toFixed(0)} bytes stay for each row`);
      } finally {
        await replay.close();
      }
    },
  },
];
