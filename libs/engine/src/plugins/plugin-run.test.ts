import { BasePlugin, definePlugin, textAt, type Batch, type Plugin } from '@datavis/plugin-sdk';
import type { CocoBatch, Column, FailurePolicy, SqlConnection } from '@datavis/plugin-sdk';
import { describe, expect, test } from 'vitest';
import { batchOf } from './batch-fixtures.js';
import { makeRun } from './context.js';
import { HeapShare } from './heap-share.js';
import { orderPlugins } from './order.js';
import { normalisePlugin } from './normalise.js';
import type { ActivePlugin } from './observers.js';
import { PluginRun } from './plugin-run.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface Appended {
  readonly table: string;
  readonly columns: Readonly<Record<string, Column>>;
  readonly length: number;
}

/** A run without a database: only `append` is there, and it records. */
async function runOf(
  plugins: readonly Plugin[],
  policy?: FailurePolicy,
  signal = new AbortController().signal,
  heap?: HeapShare,
) {
  const loaded = await Promise.all(
    plugins.map((one) => normalisePlugin(one, policy === undefined ? {} : { onFailure: policy })),
  );
  const active = orderPlugins(loaded).plugins.map((plugin): ActivePlugin => {
    const info = { id: '1', dataset: { name: 'd', uri: 'mem:' }, startedAt: new Date(0) };
    return { plugin, hooks: plugin.definition, context: makeRun(plugin, { signal } as never, info) };
  });
  const run = new PluginRun(active, {
    guard: { log: silent, watchdog: undefined, slowNoticeMs: 1000 },
    runId: '1',
    sourceKey: 7n,
    replaces: undefined,
    signal,
    now: () => new Date(0),
    droppedImages: [],
    ...(heap && { heap }),
  });
  const appended: Appended[] = [];
  const connection = {
    append: (table: string, columns: Record<string, Column>, length: number) => {
      appended.push({ table, columns, length });
      return Promise.resolve();
    },
  } as unknown as SqlConnection;
  const send = async (batch: CocoBatch, firstKey = 1n): Promise<CocoBatch> => {
    const transformed = await run.transform(batch);
    await transformed.store(connection, firstKey);
    return transformed.batch;
  };
  return { run, send, appended };
}

const boxes = (count: number) =>
  batchOf(
    'annotations',
    Array.from({ length: count }, (_, index) => ({
      id: 100 + index,
      image_id: index % 3,
      category_id: 1,
      bbox_w: index === 2 ? undefined : index + 1,
      bbox_h: 2,
      polygons: [[index, 0, 1, 1]],
      caption: index % 2 === 0 ? `c${index}` : undefined,
    })),
  );

const area = definePlugin({
  name: 'area',
  columns: { annotations: { px: 'f32' } },
  onAnnotations(batch) {
    const [width, height, px] = [batch.column('bbox_w'), batch.column('bbox_h'), batch.output('px')];
    for (let row = 0; row < batch.length; row++) px[row] = (width[row] ?? NaN) * (height[row] ?? NaN);
  },
});

const dropOdd = definePlugin({
  name: '@acme/datavis-plugin-drop-odd',
  onAnnotations(batch) {
    for (let row = 1; row < batch.length; row += 2) batch.drop(row, 'odd');
  },
});

describe('transform', () => {
  test('stores output columns under the row key; a missing box is no area of 0', async () => {
    const { send, appended } = await runOf([area]);
    await send(boxes(4), 41n);
    expect(appended).toHaveLength(1);
    expect(appended[0]?.table).toBe('_datavis.plugin_annotations');
    expect(appended[0]?.columns.annotation_key).toEqual({
      type: 'i64',
      values: new BigInt64Array([41n, 42n, 43n, 44n]),
    });
    const px = appended[0]?.columns['area.px'] as Column & { type: 'f32' };
    expect([...px.values]).toEqual([2, 4, 0, 8]);
    expect((px.validity?.[0] ?? 0) & 0b1111).toBe(0b1011);
  });

  test('drops rows from every column and from outputs, counts them as refused', async () => {
    const { run, send, appended } = await runOf([area, dropOdd]);
    const kept = await send(boxes(5));
    expect(kept.length).toBe(3);
    if (kept.table !== 'annotations') throw new Error('another table');
    expect([...kept.columns.id.values]).toEqual([100n, 102n, 104n]);
    expect([...kept.columns.polygons.values]).toEqual([0, 0, 1, 1, 2, 0, 1, 1, 4, 0, 1, 1]);
    expect([0, 1, 2].map((row) => textAt(kept.columns.caption, row))).toEqual(['c0', 'c2', 'c4']);
    expect(kept.cursor.sections[0]).toMatchObject({ read: 5, imported: 3, refused: 2 });
    expect(kept.cursor.findingCounts).toEqual({ 'drop_odd/odd': 2 });
    expect(run.dropped).toEqual({ 'drop_odd/odd': 2 });
    expect(appended.map(({ table, length }) => [table, length])).toEqual([
      ['_datavis.plugin_annotations', 3],
      ['_datavis.plugin_drops', 2],
    ]);
  });

  test('an image takes along the annotations that follow it', async () => {
    const dropFirst = definePlugin({
      name: 'drop-first',
      onImages(batch) {
        batch.drop(0, 'unwanted');
      },
    });
    const { send, run } = await runOf([dropFirst]);
    await send(
      batchOf('images', [
        { id: 1, file_name: 'a' },
        { id: 2, file_name: 'b' },
      ]),
    );
    const kept = await send(boxes(6));
    expect(kept.length).toBe(4);
    expect(run.dropped).toEqual({ 'drop_first/unwanted': 1, 'image-dropped': 2 });
  });

  test('rewrites a column for those after it and leaves the source alone', async () => {
    const double = definePlugin({
      name: 'double',
      rewrites: { annotations: ['bbox_w', 'category_id'] },
      onAnnotations(batch) {
        const width = batch.rewrite('bbox_w');
        const category = batch.rewrite('category_id');
        for (let row = 0; row < batch.length; row++) {
          width[row] = (width[row] ?? NaN) * 2;
          category[row] = 9007199254740993n;
        }
      },
    });
    const { send, appended } = await runOf([double, area]);
    const source = boxes(3);
    const kept = await send(source);
    if (kept.table !== 'annotations') throw new Error('another table');
    expect([...kept.columns.bbox_w.values]).toEqual([2, 4, 0]);
    expect(kept.columns.category_id.values[0]).toBe(9007199254740993n);
    expect([...source.columns.bbox_w.values]).toEqual([1, 2, 0]);
    expect([...(appended[0]?.columns['area.px'] as Column & { type: 'f32' }).values]).toEqual([4, 8, 0]);
  });

  test('a plugin reads the column of another, whichever is listed first', async () => {
    const seen: number[] = [];
    const reader = definePlugin({
      name: 'reader',
      reads: { annotations: ['area.px'] },
      onAnnotations(batch) {
        seen.push(...batch.column('area.px', 'f32'));
      },
    });
    const { send } = await runOf([reader, area]);
    await send(boxes(2));
    expect(seen).toEqual([2, 4]);
  });

  test('class plugins are the same contract', async () => {
    class DropAll extends BasePlugin {
      override readonly name = 'drop-all';
      override onAnnotations(batch: Batch<'annotations'>): void {
        batch.forEach((row) => row.bbox_h < 1 || false, 'all');
      }
    }
    const { send, run } = await runOf([DropAll as unknown as Plugin, area]);
    expect((await send(boxes(3))).length).toBe(0);
    expect(run.dropped).toEqual({ 'drop_all/all': 3 });
  });
});

describe('failure policies', () => {
  const flaky = definePlugin({
    name: 'flaky',
    columns: { annotations: { value: 'i32' } },
    rewrites: { annotations: ['bbox_w'] },
    onAnnotations(batch) {
      batch.rewrite('bbox_w').fill(-1);
      batch.output('value').fill(5);
      batch.drop(0, 'first');
      if (batch.offset === 0) throw new Error('boom');
    },
  });
  const later = () => ({ ...boxes(3), columns: batchOf('annotations', [{}, {}, {}], 3).columns });

  test('abort names plugin, hook and rows and keeps the cause', async () => {
    const { send } = await runOf([flaky]);
    await expect(send(boxes(3))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_HOOK_FAILED',
      plugin: 'flaky',
      hook: 'onAnnotations',
      rows: [0, 2],
      message: expect.stringContaining('boom') as string,
      cause: expect.objectContaining({ message: 'boom' }) as Error,
    });
  });

  test('skip-batch undoes drops, rewrites and outputs of that batch only', async () => {
    const { send, appended } = await runOf([flaky], 'skip-batch');
    const first = await send(boxes(3));
    if (first.table !== 'annotations') throw new Error('another table');
    expect(first.length).toBe(3);
    expect([...first.columns.bbox_w.values]).toEqual([1, 2, 0]);
    expect(appended).toEqual([]);
    const second = await send(later());
    expect(second.length).toBe(2);
    expect(appended[0]).toMatchObject({ table: '_datavis.plugin_annotations', length: 2 });
  });

  test('disable switches the plugin off for the rest of the run', async () => {
    const { send, run } = await runOf([flaky], 'disable');
    await send(boxes(3));
    expect(run.disabled).toEqual(['flaky']);
    expect((await send(later())).length).toBe(3);
  });

  test('a hook that never settles ends with the signal', async () => {
    const hang = definePlugin({ name: 'hang', onAnnotations: () => new Promise<void>(() => undefined) });
    const abort = new AbortController();
    const { send } = await runOf([hang], 'skip-batch', abort.signal);
    const sent = send(boxes(1));
    abort.abort();
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
  });

  describe('a plugin that fills the memory', () => {
    /** Each call leaves 300 of 1,000 bytes more in use. */
    function greedy(): { plugin: Plugin; heap: HeapShare; calls: () => number } {
      let calls = 0;
      const plugin = definePlugin({ name: 'greedy', onAnnotations: () => void (calls += 1) });
      const heap = new HeapShare(() => ({ usedBytes: 300 * calls, limitBytes: 1000 }));
      return { plugin, heap, calls: () => calls };
    }

    test('ends the import by the policy abort', async () => {
      const { plugin, heap, calls } = greedy();
      const { send } = await runOf([plugin], 'abort', undefined, heap);
      await send(boxes(1));
      await send(boxes(1));
      await expect(send(boxes(1))).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_MEMORY', plugin: 'greedy' });
      expect(calls()).toBe(3);
    });

    test.each(['skip-batch', 'disable'] as const)('is off from then on by the policy %s', async (policy) => {
      const { plugin, heap, calls } = greedy();
      const { send, run } = await runOf([plugin], policy, undefined, heap);
      for (let batch = 0; batch < 6; batch++) await send(boxes(1));
      expect(calls()).toBe(3);
      expect(run.disabled).toEqual(['greedy']);
    });
  });

  test.each([
    ['an undeclared output', (batch: Batch<'annotations'>) => void batch.output('nope' as never)],
    [
      'a row outside the batch',
      (batch: Batch<'annotations'>) => {
        batch.drop(99, 'x');
      },
    ],
    [
      'a reason that is no kebab-case',
      (batch: Batch<'annotations'>) => {
        batch.drop(0, 'Not So');
      },
    ],
    ['an undeclared rewrite', (batch: Batch<'annotations'>) => void batch.rewrite('area')],
    ['an unknown column', (batch: Batch<'annotations'>) => void batch.column('nope' as never)],
  ])('%s is DATAVIS_PLUGIN_OUTPUT', async (_, onAnnotations) => {
    const { send } = await runOf([definePlugin({ name: 'wrong', onAnnotations })]);
    await expect(send(boxes(1))).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_OUTPUT', plugin: 'wrong' });
  });

  test('a value of another type is refused, not stored', async () => {
    const garbage = definePlugin({
      name: 'garbage',
      columns: { annotations: { label: 'utf8' } },
      onAnnotations(batch) {
        batch.output('label')[0] = 42 as unknown as string;
      },
    });
    const { send } = await runOf([garbage]);
    await expect(send(boxes(1))).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_OUTPUT' });
  });

  test('a batch kept after its hook says so', async () => {
    let kept: Batch<'annotations'> | undefined;
    const hoard = definePlugin({ name: 'hoard', onAnnotations: (batch) => void (kept = batch) });
    const { send } = await runOf([hoard]);
    await send(boxes(1));
    expect(() => kept?.column('bbox_w')).toThrow('after its hook had settled');
  });
});

test('an array that a plugin has kept and transferred away after its hook is not handed to the database', async () => {
  let kept: Float32Array | undefined;
  const keeper = definePlugin({
    name: 'keeper',
    columns: { annotations: { px: 'f32' } },
    onAnnotations(batch) {
      kept = batch.output('px').fill(1);
    },
  });
  const { run, appended } = await runOf([keeper], 'disable');
  const { store } = await run.transform(boxes(3));
  structuredClone(kept?.buffer, { transfer: [kept?.buffer as ArrayBuffer] });
  const connection = { append: () => Promise.reject(new Error('appended')) } as unknown as SqlConnection;
  await expect(store(connection, 1n)).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_OUTPUT', plugin: 'keeper' });
  expect(appended).toEqual([]);
});
