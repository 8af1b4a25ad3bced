import fc from 'fast-check';

// Arbitrary COCO-like documents: known keys with values of right and wrong forms, unknown keys, any order.

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('', 'a"b', 'é\\/ü', '\u2028', '12', '007', '\ud800', '😀'),
);
const integer = fc.oneof(fc.integer({ min: -3, max: 300 }), fc.maxSafeInteger());
const number = fc.oneof(
  integer,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(-0, 1e21, 0.1),
);
const anything = fc.oneof(
  { depthSize: 'small' },
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>,
  text,
  number,
  fc.constantFrom(null, true, false, [], {}, [[]], [null]),
);
const box = fc.array(number, { minLength: 4, maxLength: 4 });
const polygons = fc.array(fc.array(number, { maxLength: 9 }), { maxLength: 3 });
const rle = fc.record({
  counts: fc.oneof(fc.array(fc.nat(99), { maxLength: 6 }), text),
  size: fc.constant([4, 5]),
});

const mostly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: anything });

/** An object with some of the keys of `model` and some unknown ones, in any order. */
function record(model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      fc.record(model, { requiredKeys: [] }),
      fc.dictionary(fc.oneof(text, fc.constantFrom('ignore', 'attributes', '__proto__', 'constructor')), anything, {
        maxKeys: 3,
      }),
      fc.array(fc.nat(), { maxLength: 30 }),
    )
    .map(([known, unknown, order]) => {
      const entries = [...Object.entries(unknown), ...Object.entries(known)];
      for (let i = entries.length - 1; i > 0; i--) {
        const j = (order.pop() ?? i) % (i + 1);
        [entries[i], entries[j]] = [entries[j] ?? ['', 0], entries[i] ?? ['', 0]];
      }
      return Object.fromEntries(entries);
    });
}

const image = record({
  id: mostly(integer),
  file_name: mostly(text),
  width: mostly(integer),
  height: mostly(integer),
  license: mostly(integer),
  coco_url: mostly(text),
  flickr_url: mostly(text),
  date_captured: mostly(text),
});
const annotation = record({
  id: mostly(integer),
  image_id: mostly(fc.oneof(integer, text)),
  category_id: mostly(integer),
  bbox: mostly(box),
  area: mostly(number),
  iscrowd: mostly(fc.constantFrom(0, 1)),
  is_crowd: mostly(fc.constantFrom(0, 1)),
  segmentation: mostly(fc.oneof(polygons, rle, box)),
  keypoints: mostly(fc.array(number, { maxLength: 9 })),
  num_keypoints: mostly(integer),
  caption: mostly(text),
  score: mostly(number),
  segments_info: mostly(fc.array(anything, { maxLength: 2 })),
});
const category = record({
  id: mostly(integer),
  name: mostly(text),
  supercategory: mostly(text),
  keypoints: mostly(fc.array(text, { maxLength: 3 })),
  skeleton: mostly(fc.array(fc.array(integer, { maxLength: 2 }), { maxLength: 3 })),
});

const list = (element: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: fc.array(element, { maxLength: 4 }) }, { weight: 1, arbitrary: anything });

/** A root object: sections in any order, some as objects keyed by id, some of no use. */
export const datasets: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    fc.record(
      {
        images: list(image),
        annotations: fc.oneof(list(annotation), fc.dictionary(text, annotation, { maxKeys: 3 })),
        categories: list(category),
        info: anything,
        licenses: list(anything),
        videos: list(anything),
      },
      { requiredKeys: ['annotations'] },
    ),
    fc.nat(5),
  )
  .map(([sections, shift]) => {
    const entries = Object.entries(sections);
    return Object.fromEntries([...entries.slice(shift), ...entries.slice(0, shift)]);
  });

/** A results file. */
export const results: fc.Arbitrary<unknown[]> = fc.array(annotation, { maxLength: 5 });

/** JSON text of a value, with blanks between tokens and escapes that were not needed. */
export function print(value: unknown, blanks: string, escapeSlashes: boolean): string {
  const json = JSON.stringify(value, undefined, blanks);
  return escapeSlashes ? json.replaceAll('/', '\\/') : json;
}
