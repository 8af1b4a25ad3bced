import { definePlugin } from '@datavis/plugin-sdk';
import { afterEach, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';

const ROWS = 100;
const ids = Array.from({ length: ROWS }, (_, index) => index + 1);
const COCO = {
  images: [{ id: 1, file_name: 'a.jpg', width: 9, height: 9 }],
  annotations: ids.map((id) => ({ id, image_id: 1, category_id: 1, bbox: [id, 0, 1, 1] })),
  categories: [{ id: 1, name: 'cat' }],
};

let sandbox: Sandbox;
afterEach(() => sandbox.close());

/** Numbers its rows; every third has no number. */
const numbers = definePlugin({
  name: 'numbers',
  columns: { annotations: { small: 'f32', large: 'f64', whole: 'i32', exact: 'i64', even: 'bool' } },
  onAnnotations(batch) {
    const id = batch.column('id');
    const [small, large] = [batch.output('small'), batch.output('large')];
    const [whole, exact, even] = [batch.output('whole'), batch.output('exact'), batch.output('even')];
    for (let row = 0; row < batch.length; row++) {
      const value = Number(id[row]);
      small[row] = value % 3 === 0 ? NaN : value;
      large[row] = value % 3 === 0 ? NaN : value / 2;
      whole[row] = value;
      if (value % 3 === 0) batch.setNull('whole', row);
      exact[row] = BigInt(value);
      even[row] = value % 2 === 0 ? 1 : 0;
    }
  },
});

async function expectNumbers(): Promise<void> {
  const rows = await sandbox.all(
    `SELECT id::INTEGER AS id, small, "large", whole, exact::INTEGER AS exact, even
     FROM annotations JOIN plg_numbers.annotations USING (annotation_key) ORDER BY idx`,
  );
  expect(rows).toEqual(
    ids.map((id) => ({
      id,
      small: id % 3 === 0 ? null : id,
      large: id % 3 === 0 ? null : id / 2,
      whole: id % 3 === 0 ? null : id,
      exact: id,
      even: id % 2 === 0,
    })),
  );
}

test('a plugin that goes on writing to arrays it has kept changes no row, not even of its own', async () => {
  const kept: Float64Array[] = [];
  const keeper = definePlugin({
    name: 'keeper',
    columns: { annotations: { place: 'f64' } },
    onAnnotations(batch) {
      const [place, id] = [batch.output('place'), batch.column('id')];
      for (let row = 0; row < batch.length; row++) place[row] = Number(id[row]);
      const scribble = (): void => {
        for (const array of kept) array.fill(-1);
      };
      scribble();
      kept.push(place);
      void Promise.resolve().then(scribble);
      setImmediate(scribble);
      setTimeout(scribble, 1);
    },
  });
  sandbox = await openSandbox(':memory:', { plugins: [keeper, numbers], batchRows: 7, commitRows: 40 });
  await sandbox.import(COCO);
  const places = await sandbox.all(
    'SELECT place FROM annotations JOIN plg_keeper.annotations USING (annotation_key) ORDER BY idx',
  );
  expect(places).toEqual(ids.map((place) => ({ place })));
  await expectNumbers();
});

test('a plugin that goes on writing to columns of another, which it has read, changes no later row', async () => {
  const kept: (BigInt64Array | Uint8Array)[][] = [];
  const scribbler = definePlugin({
    name: 'scribbler',
    reads: { annotations: ['numbers.exact', 'numbers.even'] },
    onAnnotations(batch) {
      // Those before the last three are in the database: two commits are under way at most.
      for (const { buffer } of kept.slice(0, -3).flat()) new Uint8Array(buffer).fill(1);
      kept.push([batch.column('numbers.exact', 'i64'), batch.column('numbers.even', 'bool')]);
    },
  });
  sandbox = await openSandbox(':memory:', { plugins: [numbers, scribbler], batchRows: 7, commitRows: 7 });
  await sandbox.import(COCO);
  expect(kept).toHaveLength(15);
  await expectNumbers();
});
