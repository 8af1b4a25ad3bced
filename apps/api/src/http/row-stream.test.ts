import { Readable } from 'node:stream';
import type { SqlBatch } from '@datavis/plugin-sdk';
import { tableFromIPC } from 'apache-arrow';
import { expect, test } from 'vitest';
import { arrowStream } from './arrow-stream.js';
import { listFormat } from './row-stream.js';

const names = ['id', 'width', 'score', 'iscrowd', 'file_name', 'keypoints', 'polygons', 'unknown'];
const batches: SqlBatch[] = [
  {
    length: 2,
    names,
    columns: [
      [9007199254740993n, null],
      new Int32Array([640, 480]),
      [0.5, null],
      [true, false],
      ['a.jpg', null],
      [[1, 2], null],
      [[[1, 2, 3], []], []],
      [null, 5n],
    ],
  },
  { length: 1, names, columns: [[3n], [null], [1], [null], ['ü'], [[]], [null], ['x']] },
];
async function* stream(): AsyncGenerator<SqlBatch> {
  for (const batch of batches) yield await Promise.resolve(batch);
}

async function whole(rows: AsyncIterable<SqlBatch>): Promise<Uint8Array> {
  return Buffer.concat((await Readable.from(arrowStream(rows)).toArray()) as Uint8Array[]);
}

test('an Arrow stream holds what the database said, exact and with nulls', async () => {
  const table = tableFromIPC(await whole(stream()));
  const rows = table
    .toArray()
    .map(
      (row) =>
        JSON.parse(
          JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
        ) as unknown,
    );
  expect(rows).toMatchObject([
    {
      id: '9007199254740993n',
      width: 640,
      score: 0.5,
      iscrowd: true,
      file_name: 'a.jpg',
      keypoints: [1, 2],
      polygons: [[1, 2, 3], []],
      unknown: null,
    },
    {
      id: null,
      width: 480,
      score: null,
      iscrowd: false,
      file_name: null,
      keypoints: null,
      polygons: [],
      unknown: '"5"',
    },
    { id: '3n', width: null, score: 1, iscrowd: null, file_name: 'ü', keypoints: [], polygons: null, unknown: 'x' },
  ]);
});

test('no batch at all is an empty stream', async () => {
  const none = (async function* (): AsyncGenerator<SqlBatch> {})();
  expect(tableFromIPC(await whole(none)).numRows).toBe(0);
});

test('a failing query fails the stream', async () => {
  async function* broken(): AsyncGenerator<SqlBatch> {
    yield* stream();
    throw new Error('interrupted');
  }
  await expect(whole(broken())).rejects.toThrow('interrupted');
});

test.each([
  [undefined, 'application/json'],
  ['text/html,*/*;q=0.8', 'application/json'],
  ['application/x-ndjson', 'application/x-ndjson'],
  ['application/vnd.apache.arrow.stream', 'application/vnd.apache.arrow.stream'],
  ['image/png', undefined],
])('Accept %s', (accept, expected) => {
  expect(listFormat(accept)).toBe(expected);
});
