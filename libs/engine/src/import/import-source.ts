import { readCoco } from '@datavis/ingest-coco';
import type { CocoReader } from '@datavis/ingest-coco';
import type { CocoWorker } from '@datavis/ingest-coco/worker';
import type { CocoBatch, CocoCursor, FindingPolicy, PolicyName } from '@datavis/plugin-sdk';
import { isDataVisError } from '@datavis/plugin-sdk';
import type { Catalog, SourceSpec, SourceStart, SourceWriter } from '@datavis/storage';
import type { LocatedSource } from '../layout/locate.js';
import type { PluginHost } from '../plugins/index.js';
import { assertAccount, sectionCounts } from './counts.js';
import type { Counts, SourceResult } from './import-types.js';
import { cocoSource } from './thread-file.js';

/** Rows of one commit. What a kill can cost; more saves little, as DuckDB's row groups have 122,880 rows. */
export const DEFAULT_COMMIT_ROWS = 122_880;

export interface ImportSourceDeps {
  readonly catalog: Catalog;
  readonly plugins?: PluginHost | undefined;
  readonly commitRows?: number | undefined;
  readonly batchRows?: number | undefined;
  /** Reads in a thread of its own (`createCocoWorker`). Default: in the caller's. */
  readonly reader?: Pick<CocoWorker, 'readCoco'> | undefined;
}

export interface ImportSourceCall {
  readonly policy: PolicyName | FindingPolicy | undefined;
  readonly signal: AbortSignal;
  onCursor(phase: 'read' | 'link', cursor: CocoCursor | undefined, readFrom: number): void;
}

export interface ImportedSource {
  readonly result: SourceResult;
  /** Undefined for an unchanged source: nothing was read. */
  readonly cursor: CocoCursor | undefined;
  readonly readFrom: number;
  readonly findingCounts: Readonly<Record<string, number>>;
}

/** Errors after which what was read stays, to be gone on with. All others leave the database as it was. */
function isResumable(error: unknown, signal: AbortSignal): boolean {
  return (
    signal.aborted ||
    isDataVisError(error, 'DATAVIS_INGEST_TRUNCATED') ||
    (isDataVisError(error) && error.code.startsWith('DATAVIS_STORAGE_'))
  );
}

/** Imports one annotation file: new, from where an earlier attempt stopped, or not at all where nothing changed. */
export async function importSource(
  deps: ImportSourceDeps,
  source: LocatedSource,
  spec: SourceSpec,
  call: ImportSourceCall,
): Promise<ImportedSource> {
  const start = await deps.catalog.startSource(spec, new Date());
  const result = { uri: spec.uri, split: spec.split, newImages: 0, newCategories: 0 };
  if (start.state === 'unchanged') {
    const unchanged = { ...result, state: start.state, run: Number(start.runKey) };
    return { result: unchanged, cursor: undefined, readFrom: spec.sizeBytes, findingCounts: {} };
  }
  const writer = await deps.catalog.writer(spec, start);
  try {
    const { cursor, ...report } = await readAndWrite(deps, source, spec, start, writer, call);
    const state = start.state === 'new' ? 'imported' : start.state;
    return {
      result: { ...result, ...report, state, run: Number(start.run.runKey) },
      cursor,
      readFrom: start.run.cursor?.byteOffset ?? 0,
      findingCounts: report.findingCounts,
    };
  } catch (error) {
    if (isResumable(error, call.signal)) await writer.pause(isDataVisError(error) ? error.code : null);
    else await writer.discard();
    throw error;
  } finally {
    await writer.connection.close();
  }
}

type Changing = Exclude<SourceStart, { state: 'unchanged' }>;

async function readAndWrite(
  deps: ImportSourceDeps,
  source: LocatedSource,
  spec: SourceSpec,
  start: Changing,
  writer: SourceWriter,
  call: ImportSourceCall,
): Promise<{
  cursor: CocoCursor;
  newImages: number;
  newCategories: number;
  findingCounts: Readonly<Record<string, number>>;
}> {
  const startedMs = performance.now();
  const { run } = start;
  const { policy, signal } = call;
  const readFrom = run.cursor?.byteOffset ?? 0;
  const input = await cocoSource(source.store, source.key, spec.version);
  const options = { from: run.cursor, policy, signal, batchRows: deps.batchRows };
  const reader = (deps.reader ?? { readCoco }).readCoco(input, options);
  const plugins = await deps.plugins?.beginRun({
    runId: String(run.runKey),
    sourceKey: run.sourceKey,
    dataset: { name: spec.dataset, uri: spec.rootUri },
    startedAt: run.startedAt,
    signal,
  });
  try {
    await writeBatches(reader, writer, plugins, deps.commitRows ?? DEFAULT_COMMIT_ROWS, (cursor) => {
      call.onCursor('read', cursor, readFrom);
    });
    const cursor = plugins?.adjustCursor(reader.cursor) ?? reader.cursor;
    assertAccount(cursor, spec.uri);
    await writer.storeFindings(reader.trailingFindings);
    call.onCursor('link', cursor, readFrom);
    const elapsedMs = performance.now() - startedMs;
    const report = await writer.finish(cursor, {
      elapsedMs,
      inTransaction: async () => {
        await plugins?.link(writer.connection);
      },
      ...(start.state === 'changed' ? { replaces: start.previous.sourceKey } : {}),
    });
    const counts = (of: 'read' | 'imported' | 'refused'): Counts => sectionCounts(cursor, of);
    await plugins?.endRun(writer.connection, {
      read: counts('read'),
      imported: counts('imported'),
      refused: counts('refused'),
      elapsedMs,
    });
    return { cursor, ...report };
  } catch (error) {
    await plugins?.failRun(writer.connection, error, { rowsStay: isResumable(error, signal) });
    throw error;
  }
}

type Plugins = Awaited<ReturnType<PluginHost['beginRun']>>;

/**
 * Pulls batches and commits them in groups. When the reader fails or is aborted, what it delivered before is committed
 * first: it is good, and the cursor behind it is where the next attempt goes on.
 */
async function writeBatches(
  reader: CocoReader,
  writer: SourceWriter,
  plugins: Plugins | undefined,
  commitRows: number,
  onCursor: (cursor: CocoCursor) => void,
): Promise<void> {
  const batches = reader.batches();
  let failure: { readonly error: unknown } | undefined;
  let ended = false;
  const next = async (): Promise<CocoBatch | undefined> => {
    try {
      const result = await batches.next();
      return result.done === true ? undefined : result.value;
    } catch (error) {
      failure = { error };
      return undefined;
    }
  };
  try {
    let batch = await next();
    while (batch !== undefined) {
      await writer.commit(async (transaction) => {
        let rows = 0;
        let cursor: CocoCursor | undefined;
        while (batch !== undefined && rows < commitRows) {
          const transformed = plugins?.isActive === true ? await plugins.transform(batch) : undefined;
          const kept = transformed?.batch ?? batch;
          const firstKey = await transaction.append(kept);
          await transformed?.store(transaction.connection, firstKey);
          rows += batch.length;
          cursor = kept.cursor;
          onCursor(cursor);
          batch = await next();
        }
        return cursor ?? reader.cursor;
      });
    }
    ended = true;
  } finally {
    if (!ended) await batches.return?.();
  }
  if (failure !== undefined) throw failure.error;
}
