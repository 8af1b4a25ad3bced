import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { readAll } from '../../testing/read-all.js';
import type { Outcome } from '../../testing/read-all.js';
import { IngestError } from '../errors.js';
import { scannerEngine } from './scanner-engine.js';
import { wasmNumbers } from './wasm-numbers.js';
import type { WasmNumbers } from './wasm-numbers.js';

const wasm = wasmNumbers();
if (wasm === undefined) throw new Error('no WebAssembly here');
const numbers: WasmNumbers = wasm;
const list = numbers.list();

/** What is read of a text that stands at `start`, and the index behind it. */
function read(text: Uint8Array, start: number, most = list.length): { values: number[]; end: number } {
  numbers.window.fill(0, start, start + text.length + 16);
  numbers.window.set(text, start);
  const { byteOffset } = list;
  const end = numbers.read(start, byteOffset, byteOffset + most * 8) - start;
  return { values: Array.from(list.subarray(0, (numbers.end - byteOffset) / 8)), end };
}

/** The same by a regular expression and `Number`. */
function expected(text: string): { values: number[]; end: number } {
  const values: number[] = [];
  const usual = /((?:0|[1-9]\d*)(?:\.\d+)?)[ \t\r\n]*(?:\]|,[ \t\r\n]*)/y;
  let end = 0;
  for (let match = usual.exec(text); match !== null; match = usual.exec(text)) {
    const [whole, number = ''] = match;
    if (number.length > 7) break;
    values.push(Number(number));
    end = usual.lastIndex;
    if (whole.endsWith(']')) break;
  }
  return { values, end };
}

const digits = (least: number, most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: least, maxLength: most });
const decimal = fc
  .tuple(digits(0, 9), fc.constantFrom('.', '.', '.', '', '..'), digits(0, 9))
  .map((parts) => parts.join(''));
const usual = fc
  .tuple(fc.integer({ min: 0, max: 99_999 }), fc.constantFrom('', '.'), digits(1, 2))
  .map(([integer, dot, fraction]) => `${integer}${dot}${dot && fraction}`);
const unusual = fc.oneof(
  decimal,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('-1.5', '-0', '00', '0.', '.5', '1e3', '2E-2', '+1', '', ' 7', 'NaN', 'null', '"1"', '[1]'),
);
const one = fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: unusual });
const separator = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(',', ', ', ',\n                ') },
  { weight: 1, arbitrary: fc.constantFrom(',  ', ' ,', ',\n', '\r\n,\t', ',\n\n', ',,', '', ',\v') },
);
const listText = fc
  .tuple(
    fc.array(fc.tuple(one, separator), { maxLength: 12 }),
    one,
    fc.constantFrom(']', ']', '\n  ]', ',]', '}', ''),
  )
  .map(([parts, last, end]) => parts.flat().join('') + last + end);

test('all numbers of up to five digits are what Number gives', () => {
  for (let decimals = 0; decimals < 5; decimals++) {
    for (let first = 0; first < 100_000; first += 1000) {
      const texts = Array.from({ length: 1000 }, (_, k) => ((first + k) / 10 ** decimals).toFixed(decimals));
      const text = `${texts.join(',')}]`;
      const { values, end } = read(new TextEncoder().encode(text), 0);
      expect(end).toBe(text.length);
      if (!texts.every((number, k) => values[k] === Number(number))) expect(values).toEqual(texts.map(Number));
    }
  }
});

test('of any list, the numbers before the first unusual one are read, wherever it stands', () => {
  fc.assert(
    fc.property(listText, fc.nat(70), (text, start) => {
      const wanted = expected(text);
      expect(read(new TextEncoder().encode(text), start)).toEqual(wanted);
      const passed = text.slice(0, wanted.end);
      // Before a number that lacks its comma it has looked ahead; JavaScript finds the same fault and tells its place.
      if (!passed.endsWith(']')) return;
      expect(numbers.lineFeeds).toBe(passed.split('\n').length - 1);
      if (numbers.lineFeeds > 0) expect(numbers.lineStart - start).toBe(passed.lastIndexOf('\n') + 1);
    }),
    { numRuns: 3000 },
  );
});

test('of any bytes too', () => {
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('0123456789.,] ')), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 30 }), (bytes) => {
      expect(read(Uint8Array.from(bytes), 0)).toEqual(expected(String.fromCharCode(...bytes)));
    }),
    { numRuns: 3000 },
  );
});

test.each(['0.000000,1]', '12345678,1]', '123.4567]', '12345678'])(
  'numbers of eight characters are not: %s',
  (text) => {
    expect(read(Buffer.from(text), 0)).toEqual({ values: [], end: 0 });
  },
);

test('no more numbers than there is room for', () => {
  expect(read(Buffer.from('1,2, 3,4]'), 0, 3)).toEqual({ values: [1, 2, 3], end: 7 });
  expect(read(Buffer.from('1,2]'), 0, 0)).toEqual({ values: [], end: 0 });
});

const annotation = fc
  .record({ box: listText, polygons: fc.array(listText, { maxLength: 3 }), keypoints: listText })
  .map(
    ({ box, polygons, keypoints }) =>
      `{"id":1,"image_id":2,"bbox":[${box},"segmentation":[${polygons.map((text) => `[${text}`).join()}],"keypoints":[${keypoints}}`,
  );

function placeOf(outcome: Outcome | undefined): unknown {
  return outcome?.error instanceof IngestError ? outcome.error.place : undefined;
}

test('files have the same batches, findings and errors as without WebAssembly, in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(annotation, { maxLength: 4 }),
      fc.integer({ min: 1, max: 80 }),
      async (all, chunkBytes) => {
        const json = `{"annotations":[${all.join()}]}`;
        const [byWasm, plain] = await Promise.all(
          [0, Infinity].map((wasmFromBytes) =>
            readAll(json, { engine: (options) => scannerEngine(options, wasmFromBytes) }, chunkBytes),
          ),
        );
        expect(byWasm).toEqual(plain);
        expect(placeOf(byWasm)).toEqual(placeOf(plain));
      },
    ),
    { numRuns: 300 },
  );
});

interface Pages {
  initial: number;
  maximum: number;
}

/** The WebAssembly of this platform, with the calls that make a memory and a module counted. */
function countedWebAssembly(forbidden: boolean): { api: object; memories: () => number; modules: () => number } {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: ConstructorParameters<typeof WasmNumbers>[0] };
  let memories = 0;
  let modules = 0;
  const api = {
    Instance: WebAssembly.Instance,
    Memory: class extends WebAssembly.Memory {
      constructor(pages: Pages) {
        super(pages);
        memories++;
      }
    },
    Module: class extends WebAssembly.Module {
      constructor(bytes: Uint8Array) {
        modules++;
        if (forbidden) throw new Error('refused by the policy of the page');
        super(bytes);
      }
    },
  };
  return { api, memories: () => memories, modules: () => modules };
}

const polygon = '{"id":1,"image_id":2,"segmentation":[[1.5,2,3.25,4,5,6]]}';

test('without WebAssembly, or where a policy forbids it, JavaScript reads', async () => {
  const json = `{"annotations":[${polygon}]}`;
  const forbidden = countedWebAssembly(true);
  try {
    for (const api of [undefined, forbidden.api]) {
      vi.stubGlobal('WebAssembly', api);
      const { records } = await readAll(json, { engine: (options) => scannerEngine(options, 0) });
      expect(records).toEqual(JSON.parse(json));
    }
  } finally {
    vi.unstubAllGlobals();
  }
  expect(forbidden.modules()).toBe(1);
});

test('a small file does not ask for it, a larger one once', async () => {
  const counted = countedWebAssembly(false);
  vi.stubGlobal('WebAssembly', counted.api);
  try {
    const small = `{"annotations":[${polygon}]}`;
    expect((await readAll(small)).records).toEqual(JSON.parse(small));
    expect(counted.memories()).toBe(0);
    const large = `{"annotations":[${Array(30_000).fill(polygon).join()}]}`;
    expect((await readAll(large, {}, 256 * 1024)).records).toEqual(JSON.parse(large));
    expect(counted.memories()).toBe(1);
  } finally {
    vi.unstubAllGlobals();
  }
});

test('records and lists that outgrow the memory are read all the same, and what comes behind them', async () => {
  const record = (id: number, numbers: number, note = ''): string => {
    const polygon = Array.from({ length: numbers }, (_, k) => k % 10).join();
    return `{"id":${id},"image_id":2,"note":"${note}","segmentation":[[${polygon}]]}`;
  };
  const all = [
    record(1, 10),
    record(2, 1_100_000),
    record(3, 10),
    record(4, 10, 'x'.repeat(5 << 20)),
    record(5, 10),
  ];
  const { error, batches } = await readAll(
    `{"annotations":[${all.join()}]}`,
    { batchRows: 1, engine: (options) => scannerEngine(options, 0) },
    1 << 20,
  );
  expect(error).toBeUndefined();
  const polygons = batches.map((batch) => (batch.table === 'annotations' ? batch.columns.polygons.values : []));
  expect(polygons.map(({ length }) => length)).toEqual([10, 1_100_000, 10, 10, 10]);
  expect(polygons.every((values) => Array.prototype.every.call(values, (value, k) => value === k % 10))).toBe(true);
});
