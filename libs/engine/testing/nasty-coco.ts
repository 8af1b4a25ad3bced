import fc from 'fast-check';

// COCO files as texts, so that numbers, escapes, blanks and doubled keys are what a file may hold, not what JSON.stringify writes.

const NUMBERS = [
  '0',
  '-0',
  '-0.0',
  '1.0',
  '0.1e1',
  '1E+2',
  '1e400',
  '-1e400',
  '1e-400',
  '5e-324',
  '1.7976931348623157e308',
  '9007199254740993',
  '-9007199254740993',
  '9007199254740993.0',
  '90071992547409930e-1',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '123456789012345678901234567890',
  '2147483647',
  '2147483648',
  '-2147483649',
  '0.30000000000000004',
  '0.1234567890123456789',
];
const STRINGS = [
  '""',
  '"\\ud800"',
  '"x\\udc00y"',
  '"\\ud83d\\ude00"',
  '"\\u0000"',
  '"\\/\\b\\f\\n\\r\\t\\"\\\\"',
  '"\\u0041"',
  '"\u007f\u0080\u2028\ufeff"',
  '"007"',
  '"1"',
  '"\u0301e\u0301"',
  '"{\\"id\\":[1,"',
];

const number = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.integer({ min: -5, max: 12 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);
const string = fc.oneof(
  fc.constantFrom(...STRINGS),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text)),
);
const word = fc.constantFrom('true', 'false', 'null');

type Text = fc.Arbitrary<string>;
const list = (item: Text, maxLength = 4): Text => fc.array(item, { maxLength }).map((items) => `[${items.join()}]`);
const objectOf = (entries: fc.Arbitrary<readonly (readonly [string, string])[]>): Text =>
  entries.map((pairs) => `{${pairs.map(([key, value]) => `${key}:${value}`).join()}}`);

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number,
    string,
    word,
    list(tie('value')),
    objectOf(fc.array(fc.tuple(string, tie('value')), { maxLength: 3 })),
  ),
}));

const mostly = (usual: Text): Text => fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: value });
const id = mostly(fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 6 }).map(String) }, number, string));
const text = mostly(string);
const small = mostly(fc.integer({ min: 1, max: 900 }).map(String));
const UNKNOWN = ['"attributes"', '"ignore"', '"__proto__"', '"constructor"', '""', '"\\u0069d"', '"x y"'];

/** An object with some of these keys, some unknown ones, now and then one twice, in any order. */
function record(model: Readonly<Record<string, Text>>): Text {
  const known = fc.record(model, { requiredKeys: [] }).map((found) => Object.entries(found) as [string, string][]);
  const unknown = fc.array(fc.tuple(fc.constantFrom(...UNKNOWN), value), { maxLength: 2 });
  const entries = fc
    .tuple(known, unknown, fc.option(fc.tuple(fc.constantFrom(...Object.keys(model)), value), { freq: 12 }))
    .map(([some, others, again]) => [
      ...some.map(([key, one]) => [JSON.stringify(key), one] as const),
      ...others,
      ...(again === null ? [] : [[JSON.stringify(again[0]), again[1]] as const]),
    ])
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
  return objectOf(entries);
}

const image = record({
  id,
  file_name: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 6 }).map((n) => `"${n}.jpg"`) }, text),
  width: small,
  height: small,
  license: id,
  coco_url: text,
  flickr_url: text,
  date_captured: text,
});
const corners = (most: number): Text => list(number, most);
const rle = objectOf(
  fc
    .tuple(mostly(fc.oneof(list(fc.nat(9).map(String)), string)), mostly(fc.constant('[4,5]')))
    .map(([counts, size]) => [
      ['"counts"', counts],
      ['"size"', size],
    ]),
);
const annotation = record({
  id,
  image_id: id,
  category_id: id,
  bbox: mostly(fc.array(number, { minLength: 4, maxLength: 4 }).map((sides) => `[${sides.join()}]`)),
  area: mostly(number),
  iscrowd: mostly(fc.constantFrom('0', '1')),
  segmentation: mostly(fc.oneof(list(corners(8), 3), rle, corners(8))),
  keypoints: mostly(corners(6)),
  num_keypoints: small,
  caption: text,
  score: mostly(number),
  segments_info: mostly(list(record({ id, category_id: id, area: number, bbox: corners(4), iscrowd: word }), 2)),
});
const category = record({
  id,
  name: fc.oneof(fc.constantFrom('"cat"', '"dog"'), text),
  supercategory: mostly(fc.constant('"animal"')),
  keypoints: mostly(list(string)),
  skeleton: mostly(list(corners(2))),
});

/** Keys of records become texts of a column, and half a surrogate pair is no text in UTF-8. */
const wellFormed = string.filter((json) => !/[\ud800-\udfff]/u.test(JSON.parse(json) as string));

/** A section: a list of records, an object of them, now and then something else. */
function section(element: Text, most = 6): Text {
  return fc.oneof(
    { weight: 8, arbitrary: list(element, most) },
    {
      weight: 2,
      arbitrary: objectOf(
        fc.uniqueArray(fc.tuple(wellFormed, element), {
          maxLength: 3,
          selector: ([key]) => JSON.parse(key) as string,
        }),
      ),
    },
    { weight: 1, arbitrary: fc.oneof(number, string, word) },
  );
}

/** Sections of a file, each as its key and its value, in any order. */
export const nastySections: fc.Arbitrary<readonly (readonly [key: string, text: string])[]> = fc
  .record(
    {
      '"images"': section(image),
      '"annotations"': section(annotation, 12),
      '"categories"': section(category),
      '"info"': value,
      '"licenses"': section(value),
      '"videos"': section(value),
      '""': section(value),
      '"__proto__"': section(value),
      '"a \\"b\\" \\ud83d\\ude00"': value,
    },
    { requiredKeys: ['"annotations"'] },
  )
  .map((sections) => Object.entries(sections))
  .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));

const BLANKS = ['', ' ', '\n', '\r\n\t', '  '];

/** The text of a file of such sections. */
export function fileOf(sections: readonly (readonly [string, string])[], blank = ''): string {
  return `{${sections.map(([key, one]) => `${blank}${key}${blank}:${blank}${one}${blank}`).join()}}${blank}`;
}

/** A COCO file, or a list of predictions, now and then behind a byte order mark. */
export const nastyFile: Text = fc
  .tuple(
    fc.oneof(
      {
        weight: 9,
        arbitrary: fc.tuple(nastySections, fc.constantFrom(...BLANKS)).map(([all, blank]) => fileOf(all, blank)),
      },
      {
        weight: 1,
        // The first record decides what the list is.
        arbitrary: fc
          .array(annotation, { maxLength: 6 })
          .map((all) => `[${['{"image_id":1,"score":0.5}', ...all].join()}]`),
      },
    ),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([file, marked, also]) => (marked && also ? `\ufeff${file}` : file));

/** Keys whose numbers are doubles, as in every reader of JSON: more digits than these hold are rounded. */
const DOUBLES = new Set(['bbox', 'area', 'segmentation', 'keypoints', 'score']);

/**
 * What a JSON text says, exactly: as JSON.parse has it (of doubled keys the last), but a number is a text of its exact
 * value where that is an integer, and of the double that it means otherwise. `1.0` is `1`; `-0` is not `0`.
 */
export function exactly(json: string): unknown {
  const text = json.replace(/^\ufeff/, '');
  const tokens = text.replace(
    /("(?:[^"\\]|\\.)*")|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/gs,
    (token, quoted: string | undefined) => quoted ?? JSON.stringify(`#${numberText(token)}`),
  );
  return JSON.parse(tokens, (key, one: unknown) => (DOUBLES.has(key) ? toDoubles(one) : one));
}

function toDoubles(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toDoubles);
  return typeof value === 'string' && /^#-?\d/.test(value) ? Number(value.slice(1)) : value;
}

function numberText(token: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(token) ?? [];
  const power = Number(exponent) - fraction.length;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const zeros = /0*$/.exec(digits)?.[0].length ?? 0;
  if (digits === '') return `${sign}0`;
  // Beyond what a double can be, and integers: digit by digit.
  const significant = digits.slice(0, digits.length - zeros);
  if (power + zeros >= 0) return `${sign}${significant}e${power + zeros}`;
  const double = Number(token);
  return Number.isFinite(double) ? String(double) : `${sign}${significant}e${power + zeros}`;
}

const isObject = (one: unknown): boolean => typeof one === 'object' && one !== null && !Array.isArray(one);

/** What {@link exactly} gives, without elements of COCO's own sections that are no objects: these are refused, and counted. */
export function asImported(root: unknown): unknown {
  if (Array.isArray(root)) return root.filter(isObject);
  const entries = Object.entries(root as object).map(([name, section]: [string, unknown]) => {
    if (!['images', 'annotations', 'categories'].includes(name)) return [name, section];
    if (Array.isArray(section)) return [name, section.filter(isObject)];
    return [
      name,
      isObject(section)
        ? fromEntries(Object.entries(section as object).filter(([, one]) => isObject(one)))
        : section,
    ];
  });
  return fromEntries(entries as [string, unknown][]);
}

/** Object.fromEntries, which takes `__proto__` for a key like any other. */
const fromEntries = (entries: [string, unknown][]): unknown => Object.fromEntries(entries);
