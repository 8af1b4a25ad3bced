import fc from 'fast-check';
import { expect, test } from 'vitest';
import { datasets, print } from '../../testing/documents.js';
import { readAll } from '../../testing/read-all.js';

/** Line and column, from 1, counted in characters, as an editor does. */
function lineAndColumn(text: string): { line: number; column: number } {
  const lines = text.split('\n');
  return { line: lines.length, column: Array.from(lines.at(-1) ?? '').length + 1 };
}

test('a fault has the byte, line and column of the first wrong character, whatever the chunks', async () => {
  const wrong = fc.record({
    dataset: datasets,
    blanks: fc.constantFrom('', ' ', '\n', '\r\n', '\n\t'),
    where: fc.nat(),
    chunkBytes: fc.constantFrom(1, 3, 17, 1000),
  });
  await fc.assert(
    fc.asyncProperty(wrong, async ({ dataset, blanks, where, chunkBytes }) => {
      const json = print(dataset, blanks, false);
      // Behind a separator no value, key or bracket begins with a bang.
      const places = [...json.matchAll(/(?<=[,:]\s*)(?=\S)/g)].map(({ index }) => index);
      const at = places[where % places.length];
      fc.pre(at !== undefined && !insideString(json, at));
      const prefix = json.slice(0, at);
      const { error } = await readAll(`${prefix}!${json.slice(at)}`, {}, chunkBytes);
      expect(error).toMatchObject({
        code: 'DATAVIS_INGEST_SYNTAX',
        message: expect.stringContaining('found !') as string,
        place: { byteOffset: Buffer.byteLength(prefix), ...lineAndColumn(prefix) },
      });
    }),
    { numRuns: 300, endOnFailure: true },
  );
});

function insideString(json: string, at: number): boolean {
  const quotes = json.slice(0, at).replace(/\\./g, '').match(/"/g);
  return (quotes?.length ?? 0) % 2 === 1;
}

test('a read that goes on from a cursor knows the byte, and not the line', async () => {
  const json = '{\n"images":[{"id":1},\n{"id":2},\n{"id":!}]}';
  const whole = await readAll(json, { batchRows: 1 });
  expect(whole.error).toMatchObject({ place: { line: 4, column: 7, byteOffset: json.indexOf('!') } });
  const rest = await readAll(json, { from: whole.batches[0]?.cursor });
  expect(rest.error).toMatchObject({ place: { byteOffset: json.indexOf('!'), section: 'images', index: 2 } });
  expect(rest.error).not.toHaveProperty('place.line');
});

test.each([
  ['a record above the limit', { maxRecordBytes: 50 }, `{"images":[{"id":1,"x":"${'a'.repeat(60)}"}]}`],
  ['a value above the limit', { maxRecordBytes: 50 }, `{"info":"${'a'.repeat(60)}","images":[]}`],
  ['a million open brackets', {}, `{"images":[{"x":${'['.repeat(1_000_000)}`],
])('%s is refused by DATAVIS_INGEST_LIMIT', async (_name, options, json) => {
  for (const chunkBytes of [7, Infinity]) {
    if (json.length > 10_000 && chunkBytes === 7) continue;
    const { error } = await readAll(json, options, chunkBytes);
    expect(error).toMatchObject({
      code: 'DATAVIS_INGEST_LIMIT',
      place: { byteOffset: expect.any(Number) as number },
    });
  }
});
