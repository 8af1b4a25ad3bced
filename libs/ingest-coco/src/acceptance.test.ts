import { hasValue, textAt } from '@datavis/plugin-sdk';
import type { AnnotationColumns, CocoBatch, Finding, ImageColumns } from '@datavis/plugin-sdk';
import { heldBytes } from '@datavis/test-kit';
import { describe, expect, test } from 'vitest';
import { readAll } from '../testing/read-all.js';
import type { Outcome } from '../testing/read-all.js';
import { readCoco } from './read-coco.js';

// The inputs that users of COCO tools met, by the numbers of the acceptance list.

const IMAGE = '{"id":1,"file_name":"a.jpg","width":8,"height":6}';

function dataset(...annotations: string[]): string {
  return `{"images":[${IMAGE}],"annotations":[${annotations.join(',')}],"categories":[{"id":0,"name":"cat"}]}`;
}
/** An annotation that is in order, with more keys. */
function annotation(keys: string): string {
  return `{"id":1,"image_id":1,"category_id":0,"area":1,${keys}}`;
}
const codes = ({ findings }: Outcome): string[] => findings.map(({ code }) => code).sort();

function columnsOf(outcome: Outcome, table: 'annotations'): AnnotationColumns;
function columnsOf(outcome: Outcome, table: 'images'): ImageColumns;
function columnsOf({ batches }: Outcome, table: CocoBatch['table']): CocoBatch['columns'] {
  const batch = batches.find((each) => each.table === table);
  if (batch === undefined) throw new Error(`no batch of ${table}`);
  return batch.columns;
}
function polygonsOf(columns: AnnotationColumns, row: number): number[][] | undefined {
  const { polygons } = columns;
  if (!hasValue(polygons, row)) return undefined;
  const parts: number[][] = [];
  for (let p = polygons.offsets[row] ?? 0; p < (polygons.offsets[row + 1] ?? 0); p++) {
    parts.push([...polygons.values.subarray(polygons.partOffsets[p], polygons.partOffsets[p + 1])]);
  }
  return parts;
}
function boxOf({ bbox_x: x, bbox_y: y, bbox_w: w, bbox_h: h }: AnnotationColumns, row: number): unknown {
  return hasValue(x, row) ? [x.values[row], y.values[row], w.values[row], h.values[row]] : undefined;
}

describe('acceptance: scale', () => {
  test('1: batches stay small, however many polygons a record has', async () => {
    const part = `[${Array.from({ length: 400 }, (_, i) => i).join(',')}]`;
    const record = annotation(`"segmentation":[${Array(300).fill(part).join(',')}]`);
    const { batches, cursor } = await readAll(dataset(...Array<string>(20).fill(record)));
    expect(cursor.sections.map(({ imported }) => imported)).toEqual([1, 20, 1]);
    for (const { columns } of batches) expect(columns.index.values.buffer.byteLength).toBeLessThan(40 << 20);
    expect(batches.length).toBeGreaterThan(3);
  });

  test('2, 3: what is held does not grow with the file', async () => {
    /** Most bytes that are held while so many chunks of 1,000 records are read. */
    async function peakOf(chunks: number): Promise<number> {
      const chunk = Buffer.from(`${annotation('"bbox":[1,2,3,4]')},`.repeat(1000));
      const before = heldBytes();
      let peak = 0;
      async function* long(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('{"annotations":[');
        for (let i = 0; i < chunks; i++) {
          if (i % 10 === 9) peak = Math.max(peak, heldBytes() - before);
          yield chunk;
        }
        yield Buffer.from(`${annotation('"bbox":[1,2,3,4]')}]}`);
      }
      let rows = 0;
      for await (const { length } of readCoco(long()).batches()) rows += length;
      expect(rows).toBe(chunks * 1000 + 1);
      return peak;
    }
    await peakOf(10);
    const [short, long] = [await peakOf(50), await peakOf(500)];
    expect(short).toBeGreaterThan(0);
    expect(long).toBeLessThan(short + (1 << 20));
  });

  test('4: one record of 24 MB is read whole', async () => {
    const note = 'x'.repeat(24 << 20);
    const { records, error } = await readAll(dataset(annotation(`"bbox":[1,2,3,4],"note":"${note}"`)), {}, 1 << 16);
    expect(error).toBeUndefined();
    expect(records['annotations']).toMatchObject([{ bbox: [1, 2, 3, 4], note }]);
  });
});

describe('acceptance: shape of the file', () => {
  const sections = {
    info: '{"year":2017}',
    images: `[${IMAGE}]`,
    annotations: `[${annotation('"bbox":[1,2,3,4]')}]`,
    categories: '[{"id":0,"name":"cat"}]',
  };
  const print = (names: (keyof typeof sections)[]): string =>
    `{${names.map((name) => `"${name}":${sections[name]}`).join(',')}}`;

  test('8: sections in any order give the same rows', async () => {
    const usual = await readAll(print(['info', 'images', 'annotations', 'categories']));
    const other = await readAll(print(['annotations', 'categories', 'info', 'images']));
    expect(other.error).toBeUndefined();
    expect(other.records).toEqual(usual.records);
  });

  test('9: no info, no licenses, info: null', async () => {
    expect((await readAll(print(['images']))).error).toBeUndefined();
    const { cursor, findings } = await readAll(`{"info":null,"images":[${IMAGE}]}`);
    expect(cursor.sections[0]).toMatchObject({ name: 'info', form: 'value', json: 'null' });
    expect(findings).toEqual([]);
  });

  const infinite = dataset(annotation('"bbox":[Infinity, -Infinity, NaN, 1],"score":NaN,"note":"NaN"'));
  test('10: NaN and infinities are null with a finding, and the record stays', async () => {
    const outcome = await readAll(infinite);
    expect(outcome.records['annotations']).toMatchObject([
      { id: 1, bbox: [null, null, null, 1], score: null, note: 'NaN' },
    ]);
    expect(boxOf(columnsOf(outcome, 'annotations'), 0)).toBeUndefined();
    expect(outcome.findings).toMatchObject([
      { code: 'non-finite-number', section: 'annotations', index: 0, id: '1', byteOffset: infinite.indexOf('Inf') },
    ]);
  });
  test('10: strict stops there and names the byte', async () => {
    const { error } = await readAll(infinite, { policy: 'strict' });
    expect(error).toMatchObject({
      code: 'DATAVIS_INGEST_STOPPED',
      place: { byteOffset: infinite.indexOf('Inf'), section: 'annotations', index: 0 },
    });
  });

  test.each([1, 5, Infinity])(
    '11: a truncated file gives all before the cut, and resumes (chunks of %d)',
    async (chunk) => {
      const whole = dataset(...Array.from({ length: 9 }, (_, i) => annotation(`"bbox":[${i},2,3,4]`)));
      const cut = whole.indexOf('"bbox":[7') + 5;
      const partial = await readAll(whole.slice(0, cut), { batchRows: 4 }, chunk);
      expect(partial.records['annotations']).toHaveLength(7);
      expect(partial.error).toMatchObject({
        code: 'DATAVIS_INGEST_TRUNCATED',
        message: expect.stringContaining('annotations[6]') as string,
        place: { byteOffset: cut, section: 'annotations', index: 7 },
      });
      const rest = await readAll(whole, { from: partial.cursor, batchRows: 4 }, chunk);
      const unbroken = await readAll(whole);
      expect([...(partial.records['annotations'] ?? []), ...(rest.records['annotations'] ?? [])]).toEqual(
        unbroken.records['annotations'],
      );
      expect(rest.cursor).toEqual(unbroken.cursor);
    },
  );

  test('12: a byte order mark, and names beyond ASCII', async () => {
    const name = 'Ünï_ñ_東京_😀.jpg';
    const outcome = await readAll(
      `\ufeff{"images":[{"id":1,"file_name":${JSON.stringify(name)},"width":1,"height":1}]}`,
    );
    expect(textAt(columnsOf(outcome, 'images').file_name, 0)).toBe(name);
    expect(codes(outcome)).toEqual(['byte-order-mark']);
  });

  test('13: sections that are objects keyed by id', async () => {
    const outcome = await readAll(
      `{"annotations":{"007":${annotation('"bbox":[1,2,3,4]')}},"categories":{"1":{"id":1,"name":"a"}}}`,
    );
    expect(outcome.cursor.sections).toMatchObject([
      { name: 'annotations', form: 'object', imported: 1 },
      { name: 'categories', form: 'object', imported: 1 },
    ]);
    const { key } = columnsOf(outcome, 'annotations');
    expect(key && textAt(key, 0)).toBe('007');
    expect(codes(outcome)).toEqual(['section-object-form', 'section-object-form']);
  });

  test('14: a root list is predictions', async () => {
    const { cursor, records, findings } = await readAll(
      '[{"image_id":1,"category_id":2,"bbox":[1,2,3,4],"score":0.5}]',
    );
    expect(cursor).toMatchObject({ kind: 'results', done: true });
    expect(records['']).toEqual([{ image_id: 1, category_id: 2, bbox: [1, 2, 3, 4], score: 0.5 }]);
    expect(findings).toEqual([]);
  });
  test.each([
    ['a list without image_id', '[{"id":1,"name":"cat"}]', /list/],
    ['Label Studio', '[{"id":1,"data":{"image":"a.jpg"},"annotations":[{"result":[]}]}]', /list/],
    ['OCHuman', '{"images":[{"image_id":"1","file_name":"a.jpg","annotations":[{"bbox":[1,2,3,4]}]}]}', /OCHuman/],
    ['labelme', '{"version":"5.0","flags":{},"shapes":[],"imagePath":"a.jpg"}', /labelme/],
    ['GeoJSON', '{"type":"FeatureCollection","features":[]}', /GeoJSON/],
    ['a number', '12', /single value/],
    ['an empty object', '{}', /no keys/],
    ['an empty list', '[]', /list/],
  ])('14: %s is refused, and the message says why', async (_name, json, why) => {
    const { error, batches } = await readAll(json);
    expect(error).toMatchObject({ code: 'DATAVIS_INGEST_NOT_COCO', message: expect.stringMatching(why) as string });
    expect(batches.flatMap((batch) => (batch.table === 'records' ? [] : [batch]))).toEqual([]);
  });
});

describe('acceptance: ids', () => {
  test('19, 20: category ids with holes, unsorted, 0', async () => {
    const { records, findings } = await readAll(
      '{"categories":[{"id":90,"name":"a"},{"id":0,"name":"b"},{"id":7,"name":"c"}]}',
    );
    expect(records['categories']).toMatchObject([{ id: 90 }, { id: 0 }, { id: 7 }]);
    expect(findings).toEqual([]);
  });
  test('21, 23, 24: repeated names, image ids and file names: all records are handed out', async () => {
    const { cursor } = await readAll(
      `{"images":[${IMAGE},${IMAGE}],"categories":[{"id":1,"name":"a"},{"id":2,"name":"a"}]}`,
    );
    expect(cursor.sections.map(({ read, imported }) => [read, imported])).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });
  test('22: repeated and missing annotation ids: every record is kept, with its byte offset', async () => {
    const json = dataset(annotation('"x":1'), annotation('"x":2'), '{"image_id":1,"category_id":0,"area":1}');
    const outcome = await readAll(json);
    const { byte_offset: offset, id } = columnsOf(outcome, 'annotations');
    expect([...id.values]).toEqual([1n, 1n, 0n]);
    expect(hasValue(id, 2)).toBe(false);
    expect(offset.values[2]).toBe(json.lastIndexOf('{"image_id"'));
    expect(outcome.findings).toMatchObject([
      { code: 'annotation-id-missing', index: 2, byteOffset: offset.values[2] },
    ]);
  });
  test('25: string ids stay strings, leading zeros too', async () => {
    const outcome = await readAll(dataset('{"id":"007","image_id":"2299","category_id":0,"area":1}'));
    const columns = columnsOf(outcome, 'annotations');
    expect(textAt(columns.id_text, 0)).toBe('007');
    expect(textAt(columns.image_id_text, 0)).toBe('2299');
    expect([hasValue(columns.id, 0), hasValue(columns.image_id, 0)]).toEqual([false, false]);
    expect(codes(outcome)).toEqual(['id-text']);
  });
  test('26: ids above 2^31 and above 2^53 are exact', async () => {
    const ids = ['908800474293', '9007199254740993', '9223372036854775807', '-9223372036854775808', '-5'];
    const outcome = await readAll(
      dataset(...ids.map((id) => `{"id":${id},"image_id":${id},"category_id":1,"area":1}`)),
    );
    const { id, image_id: imageId } = columnsOf(outcome, 'annotations');
    expect([...id.values].map(String)).toEqual(ids);
    expect([...imageId.values].map(String)).toEqual(ids);
    expect(outcome.findings).toEqual([]);
  });
  test('26: an id beyond 64 bits is kept as found, with a finding', async () => {
    const json = '{"annotations":[{"id":9223372036854775808,"image_id":1,"area":1}]}';
    const outcome = await readAll(json);
    expect(textAt(columnsOf(outcome, 'annotations').extra, 0)).toBe('{"id":9223372036854775808}');
    expect(codes(outcome)).toEqual(['id-form']);
  });
  test('27, 28: unknown references and equal numbers are the business of whoever joins', async () => {
    const { findings, cursor } = await readAll(dataset('{"id":1,"image_id":99,"category_id":99,"area":1}'));
    expect(findings).toEqual([]);
    expect(cursor.sections[1]).toMatchObject({ imported: 1 });
  });
});

describe('acceptance: geometry', () => {
  test.each<[string, string, string[], number[][] | undefined]>([
    ['flat', '[1,2,3,4,5,6]', ['polygon-flat'], [[1, 2, 3, 4, 5, 6]]],
    ['odd length', '[[1,2,3,4,5,6,7]]', ['polygon-odd-length'], [[1, 2, 3, 4, 5, 6, 7]]],
    ['two points', '[[1,2,3,4]]', ['polygon-too-few-points'], [[1, 2, 3, 4]]],
    ['[]', '[]', ['segmentation-empty'], []],
    ['[[]]', '[[]]', ['polygon-empty'], [[]]],
    ['null', 'null', [], undefined],
    ['points in pairs', '[[[1,2],[3,4],[5,6]]]', ['segmentation-form'], undefined],
    ['a text', '"none"', ['segmentation-form'], undefined],
  ])('29: a polygon that is %s: the box stays, the value is kept as found', async (_name, value, found, parts) => {
    const json = dataset(annotation(`"bbox":[1,2,3,4],"segmentation":${value}`));
    const outcome = await readAll(json);
    expect(outcome.records['annotations']).toEqual((JSON.parse(json) as { annotations: unknown }).annotations);
    const columns = columnsOf(outcome, 'annotations');
    expect(boxOf(columns, 0)).toEqual([1, 2, 3, 4]);
    expect(polygonsOf(columns, 0)).toEqual(parts);
    expect(codes(outcome)).toEqual(found);
    if (found.length > 0) {
      expect(outcome.findings[0]).toMatchObject({ id: '1', sample: value, byteOffset: json.indexOf(value, 80) });
    }
  });

  test.each<[string, string, string[]]>([
    ['a list', '"segmentation":{"counts":[1,2,45],"size":[6,8]},"iscrowd":1', []],
    ['a string', '"segmentation":{"size":[6,8],"counts":"abc"},"iscrowd":1', []],
    ['with iscrowd 0', '"segmentation":{"counts":[48],"size":[6,8]},"iscrowd":0', ['rle-without-crowd']],
    ['without counts', '"segmentation":{"size":[6,8]}', ['segmentation-form']],
  ])('30: run-length encoding: %s', async (_name, keys, found) => {
    const json = dataset(annotation(`"bbox":[1,2,3,4],${keys}`));
    const outcome = await readAll(json);
    const { rle, polygons } = columnsOf(outcome, 'annotations');
    expect(hasValue(polygons, 0)).toBe(false);
    expect(hasValue(rle, 0)).toBe(found[0] !== 'segmentation-form');
    expect(codes(outcome)).toEqual(found);
  });
  test('30: iscrowd 1 with a polygon, boolean iscrowd, is_crowd', async () => {
    const polygon = '"bbox":[1,2,3,4],"segmentation":[[1,2,3,4,5,6]]';
    const outcome = await readAll(
      dataset(
        annotation(`${polygon},"iscrowd":1`),
        annotation(`${polygon},"iscrowd":false`),
        annotation(`${polygon},"is_crowd":1`),
      ),
    );
    const { iscrowd } = columnsOf(outcome, 'annotations');
    expect([0, 1, 2].map((row) => (hasValue(iscrowd, row) ? iscrowd.values[row] : null))).toEqual([1, 0, null]);
    expect(codes(outcome)).toEqual(['crowd-with-polygon', 'is-crowd-spelling', 'iscrowd-form']);
  });

  test.each<[string, string, string[], unknown]>([
    ['negative', '[5,5,-2,3]', ['bbox-negative'], [5, 5, -2, 3]],
    ['outside', '[-5,5,2,3]', ['bbox-outside-image'], [-5, 5, 2, 3]],
    ['zero size', '[5,5,0,3]', ['bbox-zero-size'], [5, 5, 0, 3]],
    ['strings', '["1","2.5","3","4e0"]', ['bbox-form'], [1, 2.5, 3, 4]],
    ['5 numbers', '[1,2,3,4,5]', ['bbox-form'], undefined],
    [
      'long numbers',
      '[0.1234567890123456789,1e-7,3.0000000000000001,123456789012345678]',
      [],
      [0.12345678901234568, 1e-7, 3, 123456789012345680],
    ],
  ])('31: a box that is %s is stored as found and flagged, never rounded', async (_name, value, found, box) => {
    const json = dataset(annotation(`"bbox":${value}`));
    const outcome = await readAll(json);
    expect(outcome.records['annotations']).toEqual((JSON.parse(json) as { annotations: unknown }).annotations);
    expect(boxOf(columnsOf(outcome, 'annotations'), 0)).toEqual(box);
    expect(codes(outcome)).toEqual(found);
  });

  test('32: area or bbox absent: no value, and a finding', async () => {
    const outcome = await readAll(dataset('{"id":1,"image_id":1,"segmentation":[[1,2,3,4,5,6]]}'));
    const { area, bbox_x: x } = columnsOf(outcome, 'annotations');
    expect([hasValue(area, 0), hasValue(x, 0)]).toEqual([false, false]);
    expect(codes(outcome)).toEqual(['area-missing', 'bbox-missing']);
  });

  test('33: keypoints not in triples', async () => {
    const outcome = await readAll(dataset(annotation('"keypoints":[1,2,2,3],"num_keypoints":1')));
    expect([...columnsOf(outcome, 'annotations').keypoints.values]).toEqual([1, 2, 2, 3]);
    expect(codes(outcome)).toEqual(['keypoints-not-triples']);
  });
});

describe('acceptance: media', () => {
  test('41: LVIS names images by coco_url only', async () => {
    const outcome = await readAll(
      '{"images":[{"id":1,"width":1,"height":1,"coco_url":"http://x.org/val2017/000000397133.jpg"}]}',
    );
    const { coco_url: url, file_name: name } = columnsOf(outcome, 'images');
    expect([textAt(url, 0), textAt(name, 0)]).toEqual(['http://x.org/val2017/000000397133.jpg', null]);
    expect(codes(outcome)).toEqual(['file-name-missing']);
  });
});

describe('policies', () => {
  const json = dataset(annotation('"bbox":[5,5,-2,3]'), '3', annotation('"bbox":[1,2,3,4]'));

  test('tolerant keeps what it can; read = imported + refused', async () => {
    const outcome = await readAll(json);
    expect(outcome.cursor.sections[1]).toMatchObject({ read: 3, imported: 2, refused: 1 });
    expect([...columnsOf(outcome, 'annotations').index.values]).toEqual([0, 2]);
    expect(outcome.findings).toMatchObject([
      { code: 'bbox-negative', severity: 'warning', index: 0, id: '1', sample: '[5,5,-2,3]' },
      { code: 'record-not-object', severity: 'error', index: 1, sample: '3', byteOffset: json.indexOf(',3,') + 1 },
    ]);
  });
  test('refuse by code leaves the record out', async () => {
    const { cursor, records } = await readAll(json, {
      policy: { base: 'tolerant', codes: { 'bbox-negative': 'refuse' } },
    });
    expect(cursor.sections[1]).toMatchObject({ read: 3, imported: 1, refused: 2 });
    expect(records['annotations']).toHaveLength(1);
  });
  test('stop by code stops, after the rows before it', async () => {
    const { error, records } = await readAll(json, {
      policy: { base: 'tolerant', codes: { 'record-not-object': 'stop' } },
    });
    expect(error).toMatchObject({ code: 'DATAVIS_INGEST_STOPPED', place: { index: 1 } });
    expect(records['annotations']).toHaveLength(1);
  });
  test('repair corrects in the columns and keeps the original in extra', async () => {
    const outcome = await readAll(
      dataset(annotation('"bbox":[5,5,-2,-3],"segmentation":[[1,2,3,4,5,6,7],[1,2],[]],"is_crowd":true')),
      { policy: 'repair' },
    );
    const columns = columnsOf(outcome, 'annotations');
    expect(boxOf(columns, 0)).toEqual([3, 2, 2, 3]);
    expect(polygonsOf(columns, 0)).toEqual([[1, 2, 3, 4, 5, 6]]);
    expect(columns.iscrowd.values[0]).toBe(1);
    expect(JSON.parse(textAt(columns.extra, 0) ?? '')).toEqual({
      bbox: [5, 5, -2, -3],
      segmentation: [[1, 2, 3, 4, 5, 6, 7], [1, 2], []],
      is_crowd: true,
    });
  });
  test('counts are exact, samples bounded, across a resume too', async () => {
    const many = dataset(...Array<string>(50).fill(annotation('"bbox":[5,5,-2,3]')));
    const options = { maxSamples: 3, batchRows: 10 };
    const outcome = await readAll(many, options);
    expect(outcome.cursor.findingCounts).toEqual({ 'bbox-negative': 50 });
    expect(outcome.findings).toHaveLength(3);
    const middle = outcome.batches[2]?.cursor;
    const rest = await readAll(many, { ...options, from: middle });
    expect(rest.findings).toEqual<Finding[]>([]);
    expect(rest.cursor).toEqual(outcome.cursor);
  });
  test('a key twice: the last value counts, and a finding says so', async () => {
    const outcome = await readAll(dataset('{"id":1,"image_id":1,"area":1,"x":1,"\\u0078":2,"area":3}'));
    expect(outcome.records['annotations']).toEqual([{ id: 1, image_id: 1, area: 3, x: 2 }]);
    expect(outcome.findings).toMatchObject([{ code: 'duplicate-key', sample: 'x' }]);
  });
});
