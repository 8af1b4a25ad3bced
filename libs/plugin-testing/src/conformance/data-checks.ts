import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { definePlugin, type PluginEntry } from '@datavis/plugin-sdk';
import { cocoFixture, type CocoFixture } from '../fixture.js';
import { createTestHost } from '../test-host.js';
import type { CheckSpec, Subject } from './check.js';
import { elsewhere } from './elsewhere.js';
import { shownPictures } from './pictures.js';
import { batchesOf, digestOf, Replay } from './replay.js';

async function imports(
  { entry }: Subject,
  fixture: CocoFixture,
  before: readonly PluginEntry[] = [],
): Promise<void> {
  const host = await createTestHost({ plugins: [...before, entry] });
  try {
    const run = await host.ingest(fixture);
    if (run.error !== undefined) throw run.error;
    for (const table of ['images', 'annotations', 'categories'] as const) await run.rows(table);
  } finally {
    await host.close();
  }
}

const HOW_TO_REPEAT = 'use run.random() and run.run.startedAt, and name the locale that you write for';

/** Leaves nothing of a dataset to the plugins behind it. */
const dropsAll = definePlugin({
  name: 'drops-all',
  order: 'pre',
  onCategories: (batch) => {
    batch.forEach(() => false);
  },
  onImages: (batch) => {
    batch.forEach(() => false);
  },
  onAnnotations: (batch) => {
    batch.forEach(() => false);
  },
});

/** Checks of what a plugin makes of data. */
export const dataChecks: readonly CheckSpec[] = [
  {
    name: 'two-hosts-share-nothing',
    title: 'two hosts in one process share nothing',
    async run({ entry, fixture }) {
      const alone = await digestOf(entry, fixture);
      const together = await Promise.all([digestOf(entry, fixture), digestOf(entry, cocoFixture({ seed: 99 }))]);
      strictEqual(together[0], alone, 'the result is another one when a second host works beside it');
    },
  },
  {
    name: 'runs-do-not-mix',
    title: 'two overlapping imports do not mix',
    async run({ entry, fixture }) {
      const other = cocoFixture({ seed: 99, images: 30 });
      const expected = [await digestOf(entry, fixture), await digestOf(entry, other)];
      const replay = await Replay.open(entry);
      try {
        const runs = [await replay.begin(), await replay.begin()] as const;
        const sources = [batchesOf(fixture, { batchRows: 7 }), batchesOf(other, { batchRows: 7 })] as const;
        for (let open = true; open;) {
          const [a, b] = await Promise.all([sources[0].next(), sources[1].next()]);
          if (a.done !== true) await runs[0].take(a.value);
          if (b.done !== true) await runs[1].take(b.value);
          open = a.done !== true || b.done !== true;
        }
        deepStrictEqual([runs[0].digest, runs[1].digest], expected, 'keep the state of a run in onIngestStart');
      } finally {
        await replay.close();
      }
    },
  },
  {
    name: 'any-batch-size',
    title: 'batches of 1, 7, 500 and 2,048 rows give the same',
    async run({ entry, fixture }) {
      const whole = await digestOf(entry, fixture, { batchRows: 2048 });
      for (const batchRows of [1, 7, 500]) {
        strictEqual(
          await digestOf(entry, fixture, { batchRows }),
          whole,
          `batches of ${batchRows} give another result`,
        );
      }
    },
  },
  {
    name: 'repeatable',
    title: 'the same again under another clock, time zone, locale and Math.random',
    async run({ entry, fixture }) {
      const here = await digestOf(entry, fixture);
      const there = await elsewhere(() => digestOf(entry, fixture));
      strictEqual(there, here, HOW_TO_REPEAT);
      strictEqual(await elsewhere(() => shownPictures(entry)), await shownPictures(entry), HOW_TO_REPEAT);
    },
  },
  {
    name: 'edge-sizes',
    title: 'an empty dataset, one row, all rows dropped before',
    async run(subject) {
      await imports(subject, { images: [], annotations: [], categories: [] });
      await imports(subject, cocoFixture({ images: 1, categories: 1 }));
      const orphans = cocoFixture({ images: 0 });
      await imports(subject, { ...orphans, annotations: [{ id: 1, image_id: 404, category_id: 404 }] });
      await imports(subject, cocoFixture(), [dropsAll]);
    },
  },
  {
    name: 'hard-fixture',
    title: 'run-length masks, huge and text ids, no box, odd shapes, unicode, orphans, duplicates',
    run: (subject) => imports(subject, cocoFixture({ images: 60, seed: 3, hard: true })),
  },
  {
    name: 'declared-outputs',
    title: 'every declared column gets values of its type, and none else',
    async run({ entry, fixture, note }) {
      await shownPictures(entry);
      const host = await createTestHost({ plugins: [entry] });
      try {
        const run = await host.ingest(fixture);
        if (run.error !== undefined) throw run.error;
        const [plugin] = host.host.order.plugins;
        for (const table of ['annotations', 'categories'] as const) {
          const names = Object.keys(plugin?.definition.columns?.[table] ?? {});
          if (names.length === 0) continue;
          const [counts] = await host.sql(
            `SELECT ${names.map((name) => `count("${name}") AS "${name}"`).join(', ')} FROM plg_${plugin?.namespace}.${table}`,
          );
          for (const name of names) if (counts?.[name] === 0n) note(`${table}.${name} is NULL in every row`);
        }
      } finally {
        await host.close();
      }
    },
  },
];
