import fc from 'fast-check';
import { expect } from 'vitest';
import { clarinetEngine } from '../src/clarinet/clarinet-engine.js';
import { scannerEngine } from '../src/scan/scanner-engine.js';
import { datasets, print, results } from './documents.js';
import { expectSameAsJsonParse } from './expected.js';
import { readAll } from './read-all.js';

const layout = fc.record({
  blanks: fc.constantFrom('', ' ', '\t', '\n', '\r\n'),
  escapeSlashes: fc.boolean(),
  nonFinite: fc.boolean(),
  cut: fc.option(fc.nat(), { freq: 3 }),
  byteOrderMark: fc.boolean(),
  chunkBytes: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 64 }), fc.constant(100_000)),
  otherChunkBytes: fc.integer({ min: 1, max: 64 }),
  batchRows: fc.integer({ min: 1, max: 4 }),
  wasmFromBytes: fc.constantFrom(0, Infinity),
  policy: fc.constantFrom('tolerant' as const, 'strict' as const, 'repair' as const),
});
const roots = fc.oneof(
  { weight: 4, arbitrary: datasets },
  { weight: 1, arbitrary: results.map((list) => [{ image_id: 1 }, ...list]) },
);

/** Scanner = clarinet engine = JSON.parse: on batches to the byte, findings, cursors, and on where both stop. */
export async function compareEngines(numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(roots, layout, async (root, options) => {
      let json = print(root, options.blanks, options.escapeSlashes);
      const valid = !options.nonFinite && options.cut === null;
      if (options.nonFinite) json = json.replace(/(?<=[[:,]\s*)(?:1|-3|true)(?=\s*[,\]}])/g, '-Infinity');
      if (options.cut !== null) json = json.slice(0, options.cut % json.length);
      const document = options.byteOrderMark ? `\ufeff${json}` : json;
      const { policy, batchRows, wasmFromBytes } = options;
      const scanned = await readAll(
        document,
        { policy, batchRows, engine: (resolved) => scannerEngine(resolved, wasmFromBytes) },
        options.chunkBytes,
      );
      const clarinet = await readAll(
        document,
        { policy, batchRows, engine: clarinetEngine },
        options.otherChunkBytes,
      );
      expect(codeOf(clarinet.error)).toBe(codeOf(scanned.error));
      expect(clarinet.findings).toEqual(scanned.findings);
      expect(clarinet.batches).toEqual(scanned.batches);
      expect(clarinet.cursor).toEqual(scanned.cursor);
      if (valid && policy === 'tolerant') expectSameAsJsonParse(scanned, json);
    }),
    { numRuns, endOnFailure: true },
  );
}

/** Clarinet cannot always tell a text that ends too early from a wrong one. */
function codeOf(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  const { code = 'no code' } = error as { code?: string };
  return code.replace('_TRUNCATED', '_SYNTAX');
}
