import {
  MAX_BATCH_ROWS,
  type Column,
  type CocoBatch,
  type PluginTable,
  type TableBatch,
} from '@datavis/plugin-sdk';
import { toInputCarrier, type InputCarrier } from './input-carriers.js';
import { keepRows } from './keep-rows.js';
import type { Carrier } from './output-carriers.js';

/** Columns by name, whatever the table. */
export type NamedColumns = Readonly<Record<string, Column | undefined>>;

export function columnsByName(batch: CocoBatch): NamedColumns {
  return batch.columns as unknown as NamedColumns;
}

/** Reason given to annotations whose image a plugin dropped. */
export const IMAGE_DROPPED = 'image-dropped';

/** A column that a plugin has written in a batch. */
export interface WrittenColumn {
  readonly namespace: string;
  readonly name: string;
  readonly column: Column;
}

const ALL_ROWS = Array.from({ length: MAX_BATCH_ROWS }, (_, row) => row);

/** One batch on its way through the plugins: what those before have changed. */
export class BatchState<T extends PluginTable = PluginTable> {
  readonly source: TableBatch<T>;
  readonly length: number;
  readonly offset: number;
  /** 1 = dropped. */
  readonly dropped: Uint8Array;
  droppedCount = 0;
  readonly #columns = new Map<string, Column>();
  readonly #inputs = new Map<string, InputCarrier>();
  /** Outputs so far, by plugin namespace and column. */
  readonly outputs = new Map<string, ReadonlyMap<string, Column>>();
  /** The same, one behind the other. */
  readonly written: WrittenColumn[] = [];
  /** Arrays that plugins have filled, and may have kept. */
  readonly handedOut: { readonly namespace: string; readonly carrier: Carrier }[] = [];
  /** Outputs that another plugin has read, and may have kept: their memory is not used again. */
  readonly lent = new Set<Column>();

  constructor(source: TableBatch<T>) {
    this.source = source;
    this.length = source.length;
    this.offset = source.columns.index.values[0] ?? 0;
    this.dropped = new Uint8Array(source.length);
  }

  column(name: string): Column | undefined {
    return this.#columns.get(name) ?? (this.source.columns as unknown as NamedColumns)[name];
  }

  /** As a hook reads it; made once a batch, however many plugins ask. */
  input(name: string): InputCarrier | undefined {
    const made = this.#inputs.get(name);
    if (made !== undefined) return made;
    let column = this.column(name);
    if (column === undefined) {
      column = this.foreign(name);
      if (column === undefined) return undefined;
      this.lent.add(column);
    }
    const carrier = toInputCarrier(column, this.length);
    this.#inputs.set(name, carrier);
    return carrier;
  }

  /** A column that a hook has read and whose memory it has transferred away: to read it again would end the process. */
  lostColumn(): string | undefined {
    for (const [name, carrier] of this.#inputs) if (this.length > 0 && isLost(carrier)) return name;
    return undefined;
  }

  /** A column that another plugin has written in this batch, by `namespace.column`. */
  foreign(name: string): Column | undefined {
    const dot = name.indexOf('.');
    return this.outputs.get(name.slice(0, dot))?.get(name.slice(dot + 1));
  }

  addOutputs(namespace: string, columns: ReadonlyMap<string, Column>): void {
    this.outputs.set(namespace, columns);
    for (const [name, column] of columns) this.written.push({ namespace, name, column });
  }

  replace(name: string, column: Column): void {
    this.#columns.set(name, column);
    this.#inputs.delete(name);
  }

  /** False where the row was dropped before. */
  drop(row: number): boolean {
    if (this.dropped[row] === 1) return false;
    this.dropped[row] = 1;
    this.droppedCount++;
    return true;
  }

  keptRows(): readonly number[] {
    if (this.droppedCount === 0) return this.length === ALL_ROWS.length ? ALL_ROWS : ALL_ROWS.slice(0, this.length);
    const rows: number[] = [];
    for (let row = 0; row < this.length; row++) if (this.dropped[row] === 0) rows.push(row);
    return rows;
  }

  /** The batch with what was rewritten and without what was dropped; the source itself where nothing changed. */
  result(kept: readonly number[]): TableBatch<T> {
    if (this.#columns.size === 0 && this.droppedCount === 0) return this.source;
    const columns: Record<string, Column> = {};
    for (const [name, column] of Object.entries(this.source.columns as unknown as NamedColumns)) {
      if (column === undefined) continue;
      const current = this.#columns.get(name) ?? column;
      columns[name] = this.droppedCount === 0 ? current : keepRows(current, kept);
    }
    return { ...this.source, length: kept.length, columns: columns as unknown as TableBatch<T>['columns'] };
  }
}

function isLost(carrier: InputCarrier): boolean {
  if ('offsets' in carrier) return carrier.offsets.length === 0;
  return ArrayBuffer.isView(carrier) && carrier.length === 0;
}
