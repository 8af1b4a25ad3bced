import { createHash } from 'node:crypto';
import { createPluginHost, exactJson, type PluginHost, type PluginRun } from '@datavis/engine';
import { readCoco, recordsOf } from '@datavis/ingest-coco';
import type { CocoBatch, Column, PluginEntry, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import type { CocoFixture } from '../fixture.js';

export interface ReplayOptions {
  readonly batchRows?: number;
  readonly signal?: AbortSignal;
  /** Sees the source's batch before (`false`) and after (`true`) the plugins had it. */
  readonly onBatch?: (batch: CocoBatch, isDone: boolean) => void;
}

const EPOCH = new Date('2026-01-01T00:00:00Z');

/** A host and a database without an import around: what plugins do to batches, seen from close by. */
export class Replay {
  readonly host: PluginHost;
  readonly #database: SqlDatabase;
  #runs = 0n;

  private constructor(host: PluginHost, database: SqlDatabase) {
    this.host = host;
    this.#database = database;
  }

  static async open(entry: PluginEntry): Promise<Replay> {
    const database = await openDuckDb(':memory:', { threads: 1 });
    const stores = createObjectStoreResolver({ schemes: {} });
    const host = await createPluginHost([entry], { database, stores, hostVersion: '0.1.0', now: () => EPOCH });
    return new Replay(host, database);
  }

  async begin(signal: AbortSignal = new AbortController().signal): Promise<ReplayRun> {
    const sourceKey = ++this.#runs;
    const dataset = { name: 'replay', uri: 'mem://replay' };
    const run = await this.host.beginRun({ runId: '1', sourceKey, dataset, startedAt: EPOCH, signal });
    return new ReplayRun(run);
  }

  /** Ends a run as the import does after its rollback. */
  async fail({ run }: ReplayRun, error: unknown): Promise<void> {
    const connection = await this.#database.connect();
    try {
      await run.failRun(connection, error, { rowsStay: true });
    } finally {
      await connection.close();
    }
  }

  async close(): Promise<void> {
    await this.host.close();
    await this.#database.close();
  }
}

/** One run; `digest` is one hash of everything the plugins made of the batches. */
export class ReplayRun {
  readonly run: PluginRun;
  readonly #lines: string[] = [];
  #key = 1n;

  constructor(run: PluginRun) {
    this.run = run;
  }

  async take(batch: CocoBatch): Promise<void> {
    const { batch: kept, store } = await this.run.transform(batch);
    for (const { section, value } of recordsOf(kept)) this.#lines.push(`${section} ${exactJson(value)}`);
    for (const { code, index, section } of kept.findings) this.#lines.push(`finding ${section} ${index} ${code}`);
    const append = (table: string, columns: Readonly<Record<string, Column>>, length: number): Promise<void> => {
      for (const [name, column] of Object.entries(columns)) {
        if (name === 'annotation_key' || name === 'source_key') continue;
        for (let row = 0; row < length; row++) this.#lines.push(`${table}.${name} ${valueText(column, row)}`);
      }
      return Promise.resolve();
    };
    await store({ append } as unknown as SqlConnection, this.#key);
    this.#key += BigInt(kept.length);
  }

  /** Does not depend on the order of lines between tables, as that follows the batches. */
  get digest(): string {
    const perColumn = new Map<string, string[]>();
    for (const line of this.#lines) {
      const [head = ''] = line.split(' ', 1);
      const lines = perColumn.get(head);
      if (lines === undefined) perColumn.set(head, [line]);
      else lines.push(line);
    }
    const hash = createHash('sha256');
    for (const head of [...perColumn.keys()].sort()) hash.update((perColumn.get(head) ?? []).join('\n'));
    return hash.digest('hex');
  }
}

function valueText(column: Column, row: number): string {
  const { validity } = column;
  if (validity !== undefined && ((validity[row >>> 5] ?? 0) & (1 << (row & 31))) === 0) return 'NULL';
  switch (column.type) {
    case 'utf8':
    case 'json':
      return Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])).toString('hex');
    case 'f64[]':
      return column.values.subarray(column.offsets[row], column.offsets[row + 1]).join();
    case 'f64[][]': {
      const parts: string[] = [];
      for (let part = column.offsets[row] ?? 0; part < (column.offsets[row + 1] ?? 0); part++) {
        parts.push(column.values.subarray(column.partOffsets[part], column.partOffsets[part + 1]).join());
      }
      return parts.join('|');
    }
    case 'f32[n]':
      return column.values.subarray(row * column.width, (row + 1) * column.width).join();
    default:
      return String(column.values[row]);
  }
}

export async function* batchesOf(
  fixture: CocoFixture,
  options: { batchRows?: number | undefined } = {},
): AsyncGenerator<CocoBatch> {
  const bytes = new Blob([exactJson(fixture)]).stream() as ReadableStream<Uint8Array>;
  yield* readCoco(bytes, options.batchRows === undefined ? {} : { batchRows: options.batchRows }).batches();
}

/** Everything the plugins make of a fixture, as one hash. */
export async function digestOf(
  entry: PluginEntry,
  fixture: CocoFixture,
  options: ReplayOptions = {},
): Promise<string> {
  const replay = await Replay.open(entry);
  try {
    const run = await replay.begin(options.signal);
    for await (const batch of batchesOf(fixture, { batchRows: options.batchRows })) {
      options.onBatch?.(batch, false);
      await run.take(batch);
      options.onBatch?.(batch, true);
    }
    return run.digest;
  } finally {
    await replay.close();
  }
}
