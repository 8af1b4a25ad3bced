import { expect } from 'vitest';
import type { Outcome } from './read-all.js';

const TABLES = new Set(['images', 'annotations', 'categories']);

/** Checks that a read gave exactly what JSON.parse gives, and that its account balances. */
export function expectSameAsJsonParse(outcome: Outcome, json: string): void {
  const root = JSON.parse(json) as Record<string, unknown> | unknown[];
  const sections: Record<string, unknown> = Array.isArray(root) ? { '': root } : root;
  expect(outcome.error).toBeUndefined();
  expect(outcome.cursor.sections.map(({ name }) => name)).toEqual(Object.keys(sections));
  for (const { name, form, json: text, read, imported, refused } of outcome.cursor.sections) {
    const found = sections[name];
    if (form === 'value') {
      expect(JSON.parse(text ?? '')).toEqual(found);
      continue;
    }
    const elements = Object.values(found as object) as unknown[];
    const kept = TABLES.has(name) || name === '' ? elements.filter(isObject) : elements;
    expect(roundIds(outcome.records[name] ?? [])).toEqual(kept);
    expect({ read, imported, refused }).toEqual({
      read: elements.length,
      imported: kept.length,
      refused: elements.length - kept.length,
    });
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON.parse rounds integers beyond 2^53; the reader does not. */
function roundIds(records: unknown[]): unknown[] {
  return records.map((record) =>
    isObject(record)
      ? Object.defineProperties(
          {},
          Object.fromEntries(
            Object.entries(record as object).map(([key, value]: [string, unknown]) => [
              key,
              {
                value: typeof value === 'bigint' ? Number(value) : value,
                enumerable: true,
                writable: true,
                configurable: true,
              },
            ]),
          ),
        )
      : record,
  );
}
