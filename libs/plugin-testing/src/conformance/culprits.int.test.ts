import { definePlugin, type Batch, type PluginEntry } from '@datavis/plugin-sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { conformanceChecks } from './conformance.js';

/** A plugin that does one thing wrong, and what the check that it exists for says of it. */
type Culprit = readonly [check: string, plugin: () => PluginEntry, says: RegExp];

function numbering(fill: (batch: Batch<'annotations'>, value: Int32Array) => void): PluginEntry {
  return definePlugin({
    name: 'numbering',
    columns: { annotations: { value: 'i32' } },
    onAnnotations(batch) {
      fill(batch, batch.output('value'));
    },
  });
}

/** One table, long as it is: every check must be able to fail. Those of the package have theirs in package-checks.int.test.ts. */
const culprits: readonly Culprit[] = [
  ['branded', () => ({ name: 'plain-object' }) as unknown as PluginEntry, /it is no plugin/],
  ['named', () => definePlugin({ name: 'no version' }), /no npm name/],
  ['supported', () => definePlugin({ name: 'later', panels: [] } as never), /needs a newer host/],
  ['config', () => definePlugin({ name: 'lax', config: z.any() }), /Missing expected rejection/],
  [
    'config',
    // Refused, but not said which of its options it is.
    () =>
      definePlugin({
        name: 'vague',
        config: {
          '~standard': {
            version: 1,
            vendor: 'by hand',
            validate(value: unknown) {
              const { side = 256 } = value as { side?: unknown };
              return typeof value === 'object' && typeof side === 'number'
                ? { value: { side } }
                : { issues: [{ message: 'wrong' }] };
            },
          },
        },
      }),
    /the refusal of option "side" does not say its path/,
  ],
  [
    'refusal',
    // By hand, with a brand that does not say what it uses: an older host would run it and leave the hook out.
    () =>
      ({
        '~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: [] },
        name: 'secretive',
        onAnnotations() {},
      }) as unknown as PluginEntry,
    /used, but not named in the brand/,
  ],
  [
    'setup-and-dispose',
    () => definePlugin({ name: 'leaky', setup: () => void setInterval(() => undefined, 60_000) }),
    /undoes what setup did/,
  ],
  [
    'setup-and-dispose',
    () => definePlugin({ name: 'eavesdropper', setup: () => void process.on('exit', () => undefined) }),
    /listener of process, exit/,
  ],
  [
    'migrations',
    () => {
      let times = 0;
      return definePlugin({
        name: 'drifting',
        get migrations() {
          return [{ id: '001', up: `CREATE TABLE t${times++} (id BIGINT)` }];
        },
      });
    },
    /migration/,
  ],
  [
    'any-batch-size',
    () =>
      numbering((batch, value) => {
        for (let row = 0; row < batch.length; row++) value[row] = row;
      }),
    /batches of 1 give another result/,
  ],
  [
    'repeatable',
    () =>
      numbering((_, value) => {
        value.fill(Math.floor(Math.random() * 1e6));
      }),
    /use run\.random\(\)/,
  ],
  ...(
    [
      ['the clock', () => new Date().getFullYear()],
      ['the locale', () => (1234.5).toLocaleString().length + 'i'.toLocaleUpperCase().charCodeAt(0)],
      ['the time zone', () => new Date(0).getHours()],
    ] as const
  ).map(([, value]): Culprit => [
    'repeatable',
    () => numbering((_, column) => column.fill(value())),
    /name the locale/,
  ]),
  [
    'repeatable',
    () =>
      definePlugin({
        name: 'dreamer',
        columns: { images: { value: 'f64' } },
        onImageDecoded: () => ({ value: Math.random() }),
      }),
    /use run\.random\(\)/,
  ],
  [
    'runs-do-not-mix',
    () => {
      let total = 0;
      return numbering((batch, value) => {
        value.fill((total += batch.length));
      });
    },
    /keep the state of a run in onIngestStart/,
  ],
  [
    'two-hosts-share-nothing',
    () => {
      let batches = 0;
      return numbering((_, value) => {
        value.fill(++batches);
      });
    },
    /a second host works beside it/,
  ],
  [
    'edge-sizes',
    () =>
      definePlugin({
        name: 'wants-two',
        onImages(batch) {
          if (batch.length < 2) throw new Error('too few');
        },
      }),
    /too few/,
  ],
  [
    'edge-sizes',
    () =>
      definePlugin({
        name: 'needs-one',
        onAnnotations(batch) {
          const kept = Array.from({ length: batch.length }, (_, row) => row).filter((row) => !batch.isDropped(row));
          if (kept.length === 0) throw new Error('none is left');
        },
      }),
    /none is left/,
  ],
  [
    'hard-fixture',
    () =>
      definePlugin({
        name: 'fragile',
        onAnnotations(batch) {
          for (let row = 0; row < batch.length; row++) if (!batch.has('bbox_w', row)) throw new Error('no box');
        },
      }),
    /no box/,
  ],
  [
    'declared-outputs',
    () =>
      definePlugin({
        name: 'stray',
        onAnnotations: (batch) => void batch.output('undeclared' as never),
      }),
    /"undeclared" is not declared/,
  ],
  [
    'declared-outputs',
    () => definePlugin({ name: 'stray', onImageDecoded: () => ({ undeclared: 1 }) as never }),
    /"undeclared" is not declared/,
  ],
  [
    'declared-outputs',
    () =>
      definePlugin({
        name: 'wants-width',
        columns: { images: { value: 'f32' } },
        onImageDecoded({ rgb }) {
          if (rgb.widthPx < 2) throw new Error('too narrow');
          return { value: 1 };
        },
      }),
    /too narrow/,
  ],
  [
    'reads-only',
    () =>
      definePlugin({
        name: 'vandal',
        onAnnotations: (batch) => {
          batch.column('bbox_w').fill(1);
        },
      }),
    /a column was written to/,
  ],
  [
    'retains-nothing',
    () => {
      let kept: Float64Array | undefined;
      return definePlugin({
        name: 'keeper',
        columns: { annotations: { value: 'f64' } },
        onAnnotations(batch) {
          batch.output('value').fill(kept?.[0] ?? 0);
          kept = batch.column('bbox_w');
        },
      });
    },
    /copy what you keep/,
  ],
  [
    'bounded-memory',
    () => {
      const boxes: Float64Array[] = [];
      return definePlugin({
        name: 'hoarder',
        onAnnotations(batch) {
          for (let copies = 0; copies < 40; copies++) boxes.push(batch.column('bbox_w').slice());
        },
        onImages(batch) {
          for (let copies = 0; copies < 40; copies++) boxes.push(Float64Array.from(batch.column('id'), Number));
        },
      });
    },
    /bytes stay for each row/,
  ],
  [
    'abort-anywhere',
    () =>
      definePlugin({
        name: 'stubborn',
        onAnnotations() {
          const untilMs = performance.now() + 1500;
          while (performance.now() < untilMs);
        },
      }),
    /a hook went on for \d+ ms after the abort/,
  ],
  [
    'abort-anywhere',
    () =>
      definePlugin({
        name: 'untidy',
        onIngestStart() {
          const timer = setInterval(() => undefined, 60_000);
          return {
            onIngestEnd() {
              clearInterval(timer);
            },
          };
        },
      }),
    /undo in onIngestError/,
  ],
  [
    'faults-surface',
    () =>
      definePlugin({
        name: 'silent',
        async onAnnotations(_, { db }) {
          await db.query('SELECT 1').catch(() => []);
        },
      }),
    /call 1 of database and stores failed in an import, and the plugin swallowed that/,
  ],
  [
    'faults-surface',
    () =>
      definePlugin({
        name: 'silent-writer',
        migrations: [{ id: '001', up: 'CREATE TABLE seen (rows BIGINT)' }],
        async onAnnotations({ length }, { db }) {
          await db.exec('INSERT INTO seen VALUES ($1)', [length]).catch(() => undefined);
        },
      }),
    /call 1 of database and stores failed/,
  ],
  [
    'faults-surface',
    () =>
      definePlugin({
        name: 'silent-reader',
        async onAnnotations(_, { storage }) {
          const store = await storage.open('mem://models');
          await store.stat('weights.bin').catch(() => undefined);
        },
      }),
    /call 2 of database and stores failed/,
  ],
];

test.each(culprits)('%s can fail', async (name, plugin, says) => {
  const check = conformanceChecks(plugin()).find((one) => one.name === name);
  if (check === undefined) throw new Error(`no check ${name}`);
  await expect(check.run()).rejects.toThrow(says);
});

test('there are 24 checks, each with a name of its own and a culprit', () => {
  const checks = conformanceChecks(definePlugin({ name: 'any' }));
  expect(new Set(checks.map(({ name }) => name)).size).toBe(24);
  const inMemory = checks.filter(({ skip }) => skip === undefined).map(({ name }) => name);
  expect(new Set(culprits.map(([name]) => name))).toEqual(new Set(inMemory));
});
