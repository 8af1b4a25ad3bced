import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import type { Finding, PluginEntry, PluginTable, SqlRow } from '@datavis/plugin-sdk';
import type { CocoFixture } from './fixture.js';
import { runnerOf, type Runner } from './runner.js';
import { createTestHost, type TestRun } from './test-host.js';

/** One line of a table of tests. */
export interface PluginCase {
  readonly name: string;
  readonly options?: unknown;
  readonly given: CocoFixture;
  readonly expect: {
    /** Rows in source order; only the columns named here are compared, numbers to one part in a million. */
    readonly images?: readonly SqlRow[];
    readonly annotations?: readonly SqlRow[];
    readonly categories?: readonly SqlRow[];
    /** Exactly these reasons (`<namespace>/<reason>`) and numbers. */
    readonly dropped?: Readonly<Record<string, number>>;
    /** In source order; only the keys named here are compared. */
    readonly findings?: readonly Partial<Pick<Finding, 'code' | 'message' | 'severity'>>[];
    /** The import fails with this. */
    readonly error?: { readonly code?: string; readonly message?: RegExp };
  };
}

const TABLES: readonly PluginTable[] = ['images', 'annotations', 'categories'];

function close(actual: unknown, expected: unknown): boolean {
  if (typeof actual !== 'number' || typeof expected !== 'number') return false;
  return Math.abs(actual - expected) <= 1e-6 * Math.max(1, Math.abs(expected));
}

function assertRow(actual: SqlRow, expected: SqlRow, place: string): void {
  for (const [name, value] of Object.entries(expected)) {
    ok(name in actual, `${place}: there is no column "${name}"`);
    if (!close(actual[name], value)) deepStrictEqual(actual[name], value, `${place}.${name}`);
  }
}

async function assertCase(run: TestRun, expected: PluginCase['expect']): Promise<void> {
  if (expected.error !== undefined) {
    ok(run.error !== undefined, 'the import should have failed');
    if (expected.error.code !== undefined) strictEqual(run.error.code, expected.error.code);
    if (expected.error.message !== undefined) match(run.error.message, expected.error.message);
    return;
  }
  if (run.error !== undefined) throw run.error;
  for (const table of TABLES) {
    const wanted = expected[table];
    if (wanted === undefined) continue;
    const rows = await run.rows(table);
    strictEqual(rows.length, wanted.length, `rows of ${table}`);
    wanted.forEach((row, index) => {
      assertRow(rows[index] ?? {}, row, `${table}[${index}]`);
    });
  }
  if (expected.dropped !== undefined) deepStrictEqual(run.dropped, expected.dropped, 'dropped');
  if (expected.findings !== undefined) {
    strictEqual(run.findings.length, expected.findings.length, 'findings');
    expected.findings.forEach((finding, index) => {
      assertRow({ ...run.findings[index] }, { ...finding }, `findings[${index}]`);
    });
  }
}

/**
 * Tests a plugin by examples, each in a host of its own with a real import.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { definePlugin } from '@datavis/plugin-sdk';
 * import { testPlugin } from '@datavis/plugin-testing';
 *
 * const wide = definePlugin({
 *   name: 'wide',
 *   columns: { annotations: { is_wide: 'bool' } },
 *   onAnnotations(batch) {
 *     const isWide = batch.output('is_wide');
 *     batch.forEach((box, row) => void (isWide[row] = box.bbox_w > box.bbox_h ? 1 : 0));
 *   },
 * });
 *
 * testPlugin(
 *   wide,
 *   [
 *     {
 *       name: 'a wide box',
 *       given: { annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 9, 3] }] },
 *       expect: { annotations: [{ id: 1, is_wide: true }] },
 *     },
 *   ],
 *   { describe, it },
 * );
 * ```
 */
export function testPlugin(plugin: PluginEntry, cases: readonly PluginCase[], runner?: Runner): void {
  const { describe, it } = runnerOf(runner);
  describe('plugin', () => {
    for (const { name, given, options, expect } of cases) {
      it(name, async () => {
        const entry = options === undefined ? plugin : ([plugin, { options }] as unknown as PluginEntry);
        const host = await createTestHost({ plugins: [entry] });
        try {
          await assertCase(await host.ingest(given), expect);
        } finally {
          await host.close();
        }
      });
    }
  });
}
