import type { CocoCursor, Column, ColumnType, PluginTable, TableBatch } from '@datavis/plugin-sdk';
import { CORE_COLUMNS } from './core-columns.js';
import { makeCarrier } from './output-carriers.js';
import { encodeColumn } from './output-columns.js';

export type FixtureRow = Readonly<Record<string, unknown>>;

/** A batch from plain rows (`undefined` = no value); `index` defaults to the row's number. */
export function batchOf<T extends PluginTable>(
  table: T,
  rows: readonly FixtureRow[],
  firstIndex = 0,
): TableBatch<T> {
  const columns: Record<string, Column> = {};
  const types: Readonly<Record<string, Exclude<ColumnType, 'f32[n]'>>> = CORE_COLUMNS[table];
  for (const [name, declared] of Object.entries(types)) {
    // JSON is given as the text that it is.
    const type = declared === 'json' ? 'utf8' : declared;
    const carrier = makeCarrier({ type }, rows.length);
    const nulls = new Set<number>();
    rows.forEach((row, index) => {
      const place = { index: firstIndex + index, byte_offset: (firstIndex + index) * 100 };
      const value = name in place ? place[name as keyof typeof place] : row[name];
      if (value === undefined || value === null) nulls.add(index);
      else (carrier as unknown[])[index] = type === 'i64' ? BigInt(value as number) : value;
    });
    const column = encodeColumn({ type }, carrier, rows.length, nulls);
    columns[name] = { ...column, type: declared } as Column;
  }
  const cursor: CocoCursor = {
    version: 1,
    kind: 'dataset',
    byteOffset: (firstIndex + rows.length) * 100,
    section: table,
    index: firstIndex + rows.length,
    sections: [
      {
        name: table,
        form: 'array',
        read: firstIndex + rows.length,
        imported: firstIndex + rows.length,
        refused: 0,
      },
    ],
    findingCounts: {},
    done: false,
  };
  return {
    table,
    section: table,
    length: rows.length,
    columns: columns as unknown as TableBatch<T>['columns'],
    findings: [],
    cursor,
  };
}
