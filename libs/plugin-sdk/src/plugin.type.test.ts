import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { BasePlugin, definePlugin, type Batch, type IngestRun } from './index.js';

test('names and types follow from the declarations', () => {
  definePlugin({
    name: 'typed',
    config: z.object({ minArea: z.number().default(0) }),
    columns: {
      annotations: { area_px: 'f32', tag: 'utf8' },
      images: { embedding: { type: 'f32[n]', width: 8 }, hash: 'i64' },
    },
    rewrites: { annotations: ['category_id'] },
    onAnnotations(batch, run) {
      expectTypeOf(run.config).toEqualTypeOf<{ minArea: number }>();
      expectTypeOf(batch.column('bbox_w')).toEqualTypeOf<Float64Array>();
      expectTypeOf(batch.column('id')).toEqualTypeOf<BigInt64Array>();
      expectTypeOf(batch.output('area_px')).toEqualTypeOf<Float32Array>();
      expectTypeOf(batch.output('tag')).toEqualTypeOf<(string | null)[]>();
      expectTypeOf(batch.rewrite('category_id')).toEqualTypeOf<BigInt64Array>();
      expectTypeOf(batch.column('other.score', 'f64')).toEqualTypeOf<Float64Array>();
      batch.forEach((row) => {
        expectTypeOf(row.bbox_w).toEqualTypeOf<number>();
        expectTypeOf(row.caption).toEqualTypeOf<string | null>();
      });
      // @ts-expect-error -- not declared
      batch.output('nope');
      // @ts-expect-error -- polygons cannot be rewritten
      batch.rewrite('polygons');
      // @ts-expect-error -- no such column
      batch.column('bbox');
    },
    onImageDecoded: () => ({ embedding: [1, 2], hash: 3n }),
  });
});

test('options of the factory follow from the schema', () => {
  const plugin = definePlugin({ name: 'p', config: z.object({ size: z.number().default(1) }) });
  plugin({ size: 2 });
  plugin();
  // @ts-expect-error -- a text is no number
  plugin({ size: 'x' });
});

test('mistakes are compile errors', () => {
  // @ts-expect-error -- a reserved key of a later version
  definePlugin({ name: 'p', panels: [] });
  // @ts-expect-error -- a misspelt hook
  definePlugin({ name: 'p', onAnotations() {} });
  // @ts-expect-error -- a vector says its width
  definePlugin({ name: 'p', columns: { images: { v: 'f32[n]' } } });
});

test('a class has the same methods', () => {
  class Tiny extends BasePlugin<{ min: number }> {
    override readonly name = 'tiny';
    override onAnnotations(batch: Batch<'annotations'>, run: IngestRun<{ min: number }>): void {
      batch.forEach((row) => row.bbox_w >= run.config.min);
    }
  }
  expectTypeOf(new Tiny()).toExtend<{ name: string }>();
});
