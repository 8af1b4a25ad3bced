import type {
  Batch,
  Column,
  FindingSeverity,
  InputCarriers,
  Nothing,
  PluginFinding,
  PluginTable,
  RowCursor,
} from '@datavis/plugin-sdk';
import { hasValue } from '@datavis/plugin-sdk';
import type { ArrayPool } from './array-pool.js';
import type { BatchState } from './batch-state.js';
import { coreColumnNames } from './core-columns.js';
import { PluginError } from './errors.js';
import { suggestion } from './features.js';
import { thrownAt } from './frame.js';
import type { InputCarrier } from './input-carriers.js';
import { columnsOf, type LoadedPlugin } from './loaded-plugin.js';
import { OutputMismatch, type Carrier } from './output-carriers.js';
import { isObject, shown } from './shape.js';
import {
  emptyInput,
  encodeOutput,
  encodeRewrite,
  stageOutput,
  stageRewrite,
  type Staged,
} from './staged-columns.js';

/** What one plugin did to one batch, taken over only after its hook succeeded. */
export interface BatchChanges {
  readonly drops: readonly { readonly row: number; readonly reason: string }[];
  readonly findings: readonly { readonly row: number; readonly finding: PluginFinding }[];
}

const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const SEVERITIES: readonly unknown[] = ['info', 'warning', 'error'] satisfies FindingSeverity[];
const FINDING_HINT = 'Write: report(row, { code, message }), both of them texts.';
const KEBAB_HINT = 'Such as too-small: it is counted under this name.';

/**
 * What a hook sees of a batch. Everything it does is staged here: a hook that throws half-way leaves no trace, which
 * is what makes the policies `skip-batch` and `disable` possible (DuckDB has no SAVEPOINT).
 */
export class PluginBatch<T extends PluginTable> implements Batch<T> {
  readonly table: T;
  readonly length: number;
  readonly offset: number;
  readonly #plugin: LoadedPlugin;
  readonly #hook: string;
  readonly #state: BatchState<T>;
  readonly #pool: ArrayPool;
  readonly #outputs = new Map<string, Staged>();
  readonly #rewrites = new Map<string, Staged>();
  readonly #drops = new Map<number, string>();
  readonly #findings: { row: number; finding: PluginFinding }[] = [];
  #open = true;

  constructor(plugin: LoadedPlugin, hook: string, state: BatchState<T>, pool: ArrayPool) {
    this.#plugin = plugin;
    this.#hook = hook;
    this.#state = state;
    this.#pool = pool;
    this.table = state.source.table;
    this.length = state.length;
    this.offset = state.offset;
  }

  #refuse(message: string, hint?: string): never {
    const { length, offset } = this;
    const place = thrownAt(new Error(), this.#plugin.origin);
    const hints = [hint, place && `At ${place}`].filter((one) => one !== undefined && one !== '');
    throw new PluginError('DATAVIS_PLUGIN_OUTPUT', `${this.#plugin.name}.${this.#hook}: ${message}`, {
      plugin: this.#plugin.name,
      hook: this.#hook,
      rows: [offset, offset + length - 1],
      ...(hints.length > 0 && { hint: hints.join(' ') }),
    });
  }

  #noColumn(name: string): never {
    return this.#refuse(
      `there is no column "${name}" in ${this.table}`,
      suggestion(name, coreColumnNames(this.table)),
    );
  }

  #checkUse(row?: number): void {
    if (!this.#open) this.#refuse('the batch was used after its hook had settled');
    if (row !== undefined && !(Number.isInteger(row) && row >= 0 && row < this.length)) {
      this.#refuse(`there is no row ${shown(row)} in a batch of ${this.length}`);
    }
  }

  column(name: string, type?: keyof InputCarriers): never;
  column(name: string, type?: keyof InputCarriers): Carrier | InputCarrier {
    return this.#carrierOf('column', name, type);
  }

  output(name: string): never;
  output(name: string): Carrier | InputCarrier {
    return this.#carrierOf('output', name);
  }

  rewrite(name: string): never;
  rewrite(name: string): Carrier | InputCarrier {
    return this.#carrierOf('rewrite', name);
  }

  /**
   * What a hook reads or writes. One function for the three ways, so that it is larger than what V8 inlines (460 bytes of
   * bytecode): with a copy in the compiled code of each hook, ten hooks took 60 ms longer to compile.
   */
  #carrierOf(
    way: 'column' | 'output' | 'rewrite',
    name: string,
    type?: keyof InputCarriers,
  ): Carrier | InputCarrier {
    this.#checkUse();
    if (way === 'column') {
      if (!name.includes('.')) return this.#state.input(name) ?? this.#noColumn(name);
      const reads: readonly string[] = this.#plugin.definition.reads?.[this.table] ?? [];
      if (!reads.includes(name)) {
        const hint = `Declare: reads: { ${this.table}: ['${name}'] }. The plugin that writes it then runs first.`;
        this.#refuse(`"${name}" is not listed in reads.${this.table}`, hint);
      }
      const written = this.#state.foreign(name);
      if (type === undefined)
        this.#refuse(`column("${name}") without its type`, sayType(name, written?.type ?? 'f32'));
      // A writer that skipped this batch (or is disabled) leaves no column: the reader sees rows without a value.
      if (written === undefined) return emptyInput(type, this.length);
      if (written.type !== type)
        this.#refuse(`"${name}" is ${written.type}, not ${type}`, sayType(name, written.type));
      return this.#state.input(name) ?? emptyInput(type, this.length);
    }
    const before = way === 'output' ? this.#outputs : this.#rewrites;
    let staged = before.get(name);
    if (staged !== undefined) return staged.carrier;
    if (way === 'output') {
      const declared = columnsOf(this.#plugin, this.table);
      const info = declared.get(name);
      if (info === undefined) {
        const message = `column "${name}" is not declared in columns.${this.table}`;
        this.#refuse(message, suggestion(name, [...declared.keys()]));
      }
      staged = stageOutput(info, this.length);
    } else {
      const rewrites: readonly string[] = this.#plugin.definition.rewrites?.[this.table] ?? [];
      const column = this.#state.column(name) ?? this.#noColumn(name);
      if (!rewrites.includes(name)) {
        const hint = `Declare: rewrites: { ${this.table}: ['${name}'] }.`;
        this.#refuse(`"${name}" is not listed in rewrites.${this.table}`, hint);
      }
      staged = stageRewrite(column, this.#state.input(name), this.length);
    }
    before.set(name, staged);
    return staged.carrier;
  }

  has(name: string, row: number): boolean {
    this.#checkUse(row);
    const column = this.#state.column(name);
    return column !== undefined && hasValue(column, row);
  }

  setNull(name: string, row: number): void {
    this.#checkUse(row);
    const staged = this.#outputs.get(name) ?? this.#rewrites.get(name);
    if (staged === undefined) this.#refuse(`setNull("${name}") before output("${name}") or rewrite("${name}")`);
    staged.nulls.add(row);
  }

  isDropped(row: number): boolean {
    this.#checkUse(row);
    return this.#state.dropped[row] === 1 || this.#drops.has(row);
  }

  drop(row: number, reason: string): void {
    this.#checkUse(row);
    if (typeof reason !== 'string' || !KEBAB.test(reason)) {
      this.#refuse(`drop(${row}): ${shown(reason)} is no kebab-case reason`, KEBAB_HINT);
    }
    if (!this.isDropped(row)) this.#drops.set(row, reason);
  }

  report(row: number, finding: PluginFinding): void {
    this.#checkUse(row);
    if (!isObject(finding)) this.#refuse(`report(${row}): ${shown(finding)} is no finding`, FINDING_HINT);
    const { code, message, severity } = finding as Readonly<Record<keyof PluginFinding, unknown>>;
    if (typeof code !== 'string' || !KEBAB.test(code)) {
      this.#refuse(`report(${row}): ${shown(code)} is no kebab-case code`, KEBAB_HINT);
    }
    if (typeof message !== 'string') this.#refuse(`report(${row}): its message is ${shown(message)}`, FINDING_HINT);
    if (severity !== undefined && !SEVERITIES.includes(severity)) {
      this.#refuse(`report(${row}): ${shown(severity)} is no severity`, 'There are: info, warning, error.');
    }
    this.#findings.push({ row, finding });
  }

  forEach(visit: (row: RowCursor<T>, index: number) => boolean | Nothing, reason = 'filtered'): void {
    let current = 0;
    const cursor = {} as RowCursor<T>;
    for (const name of Object.keys(this.#state.source.columns)) {
      Object.defineProperty(cursor, name, {
        enumerable: true,
        get: () => elementAt(this.#state.input(name), current),
      });
    }
    for (current = 0; current < this.length; current++) {
      if (!this.isDropped(current) && visit(cursor, current) === false) this.drop(current, reason);
    }
  }

  /** Ends the use of this view and takes over what the hook staged. */
  commit(): BatchChanges {
    const { length } = this;
    const outputs = this.#encode(this.#outputs, (one) => encodeOutput(one, length, this.#pool));
    const rewrites = this.#encode(this.#rewrites, (one) => encodeRewrite(one, length));
    this.#open = false;
    const { namespace } = this.#plugin;
    for (const { carrier } of this.#outputs.values()) this.#state.handedOut.push({ namespace, carrier });
    const fresh = [...this.#drops].filter(([row]) => this.#state.drop(row));
    for (const [name, column] of rewrites) this.#state.replace(name, column);
    if (outputs.size > 0 && length > 0) this.#state.addOutputs(namespace, outputs);
    return { drops: fresh.map(([row, reason]) => ({ row, reason })), findings: this.#findings };
  }

  /** Ends the use of this view and forgets what the hook staged. */
  discard(): void {
    this.#open = false;
  }

  #encode(staged: ReadonlyMap<string, Staged>, encode: (one: Staged) => Column): Map<string, Column> {
    const columns = new Map<string, Column>();
    for (const [name, one] of staged) {
      try {
        columns.set(name, encode(one));
      } catch (error) {
        if (error instanceof OutputMismatch) this.#refuse(`column "${name}", ${error.message}`);
        throw error;
      }
    }
    return columns;
  }
}

function sayType(name: string, type: string): string {
  return `Write: batch.column('${name}', '${type}').`;
}

function elementAt(carrier: InputCarrier | undefined, row: number): unknown {
  return carrier === undefined || !('length' in carrier) ? carrier : carrier[row];
}
