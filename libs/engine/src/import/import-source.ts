import { readCoco } from '@datavis/ingest-coco';
import type { CocoReader } from '@datavis/ingest-coco';
import type { CocoCursor, FindingPolicy, PolicyName } from '@datavis/plugin-sdk';
import { DataVisError, isDataVisError } from '@datavis/plugin-sdk';
import type { Catalog, FinishReport, KnownSource, SourceSpec, SourceStart, SourceWriter } from '@datavis/storage';
import type { LocatedSource } from '../layout/locate.js';
import type { PluginHost } from '../plugins/index.js';
import type { SourceReader } from '../read-ahead.js';
import { assertAccount, sectionCounts } from './counts.js';
import type { Counts, SourceResult } from './import-types.js';
import { expectedCategories } from './expected-categories.js';
import { beginsWith, prefixChecksum, wholeChecksum } from './fingerprint.js';
import { measureMask } from './measure-mask.js';
import { importInput } from './import-input.js';
import { writeBatches } from './write-batches.js';

/** Rows of one table in one commit: what a kill can cost. Two row groups of ours, which go to the file as a whole. */
export const DEFAULT_COMMIT_ROWS = 61_440;

export interface ImportSourceDeps {
  readonly catalog: Catalog;
  readonly plugins?: PluginHost | undefined;
  readonly commitRows?: number | undefined;
  readonly batchRows?: number | undefined;
  /** Reads in a thread of its own (`createCocoWorker`). Default: in the caller's. */
  readonly reader?: SourceReader | undefined;
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

/** Errors that say that a file cannot be imported as it is: all of it leaves the database again. */
const REFUSALS: readonly string[] = [
  'DATAVIS_INGEST_SYNTAX',
  'DATAVIS_INGEST_ENCODING',
  'DATAVIS_INGEST_NOT_COCO',
  'DATAVIS_INGEST_LIMIT',
  'DATAVIS_INGEST_STOPPED',
];

/** After all other errors what was read stays, to be gone on with. */
function isResumable(error: unknown): boolean {
  return !isDataVisError(error) || !REFUSALS.includes(error.code);
}

/**
 * Imports one annotation file: new, from where an earlier attempt stopped, or not at all where nothing changed. What it
 * throws about the file names the file.
 */
export async function importSource(
  deps: ImportSourceDeps,
  source: LocatedSource,
  spec: SourceSpec,
  call: ImportSourceCall,
): Promise<ImportedSource> {
  try {
    return await importOne(deps, source, spec, call);
  } catch (error) {
    throw named(error, spec.uri);
  }
}

/** The reader knows no names: among many files its place alone leads nowhere. */
function named(error: unknown, uri: string): unknown {
  if (!isDataVisError(error) || !error.code.startsWith('DATAVIS_INGEST_') || error.place?.uri !== undefined) {
    return error;
  }
  const { code, message, hint, place } = error;
  return new DataVisError(code, message, {
    cause: error,
    place: { ...place, uri },
    ...(hint !== undefined && { hint }),
  });
}

async function importOne(
  deps: ImportSourceDeps,
  source: LocatedSource,
  spec: SourceSpec,
  call: ImportSourceCall,
): Promise<ImportedSource> {
  const object = { store: source.store, key: source.key, version: spec.version };
  const start = await deps.catalog.startSource(spec, new Date(), (checksum) =>
    beginsWith(object, spec, checksum, call),
  );
  if (start.state === 'unchanged') {
    await deps.catalog.noteSources([{ known: start.source, spec }]);
    return unchangedSource(spec, start.source);
  }
  const writer = await deps.catalog.writer(spec, start, await expectedCategories(object, spec.sizeBytes, call));
  try {
    const { cursor, findingCounts, ...report } = await readAndWrite(deps, source, spec, start, writer, call);
    const changed = start.replaces === undefined ? 'imported' : 'changed';
    const state = start.state === 'resumed' ? start.state : changed;
    return {
      result: { uri: spec.uri, split: spec.split, ...report, state, run: Number(start.run.runKey) },
      cursor,
      readFrom: start.run.cursor?.byteOffset ?? 0,
      findingCounts,
    };
  } finally {
    await writer.close();
  }
}

/** The catalog has it as it is. */
export function unchangedSource(spec: SourceSpec, { lastRun }: KnownSource): ImportedSource {
  const result = { uri: spec.uri, split: spec.split, newImages: 0, newCategories: 0 };
  return {
    result: { ...result, state: 'unchanged', run: Number(lastRun) },
    cursor: undefined,
    readFrom: spec.sizeBytes,
    findingCounts: {},
  };
}

type Changing = Exclude<SourceStart, { state: 'unchanged' }>;

interface SourceReport extends FinishReport {
  readonly cursor: CocoCursor;
}

async function readAndWrite(
  deps: ImportSourceDeps,
  source: LocatedSource,
  spec: SourceSpec,
  start: Changing,
  writer: SourceWriter,
  call: ImportSourceCall,
): Promise<SourceReport> {
  const startedMs = performance.now();
  const { run } = start;
  const { policy, signal } = call;
  const readFrom = run.cursor?.byteOffset ?? 0;
  const input =
    deps.reader?.begun?.(spec.uri, spec.version) ?? (await importInput(source.store, source.key, spec.version));
  const options = { from: run.cursor, policy, signal, batchRows: deps.batchRows };
  const reader = (deps.reader ?? { readCoco }).readCoco(input, options);
  const plugins = await deps.plugins?.beginRun({
    runId: String(run.runKey),
    sourceKey: run.sourceKey,
    replaces: start.replaces,
    dataset: { name: spec.dataset, uri: spec.rootUri },
    startedAt: run.startedAt,
    signal,
  });
  let report: SourceReport;
  const elapsedMs = (): number => performance.now() - startedMs;
  try {
    await writeBatches(reader, writer, plugins, deps.commitRows ?? DEFAULT_COMMIT_ROWS, (cursor) => {
      call.onCursor('read', cursor, readFrom);
    });
    const cursor = plugins?.adjustCursor(reader.cursor) ?? reader.cursor;
    assertAccount(cursor, spec.uri);
    call.onCursor('link', cursor, readFrom);
    const object = { store: source.store, key: source.key, version: spec.version };
    const checksum = wholeChecksum(object, spec, { signal, digest: input.digest() });
    // Awaited by finish; where that fails earlier, its own error is the one to tell.
    checksum.catch(() => undefined);
    const finished = await writer.finish(cursor, {
      elapsedMs: elapsedMs(),
      findings: reader.trailingFindings,
      measureMask,
      checksum,
      inTransaction: async () => {
        await plugins?.link(writer.connection);
      },
    });
    report = { cursor, ...finished };
  } catch (error) {
    const rowsStay = isResumable(error);
    if (rowsStay) await pause(error, { source, spec, writer, reader });
    else await writer.discard();
    await plugins?.failRun(writer.connection, error, { rowsStay });
    throw error;
  }
  const counts = (of: 'read' | 'imported' | 'refused'): Counts => sectionCounts(report.cursor, of);
  await plugins?.endRun(writer.connection, {
    read: counts('read'),
    imported: counts('imported'),
    refused: counts('refused'),
    elapsedMs: elapsedMs(),
  });
  return report;
}

interface Paused {
  readonly source: LocatedSource;
  readonly spec: SourceSpec;
  readonly writer: SourceWriter;
  readonly reader: CocoReader;
}

/** A truncated file will be replaced by a whole one, so what it began with is noted: the whole one is gone on with. */
async function pause(error: unknown, { source, spec, writer, reader }: Paused): Promise<void> {
  const { store, key } = source;
  const truncated = isDataVisError(error, 'DATAVIS_INGEST_TRUNCATED');
  const checksum = truncated
    ? await prefixChecksum({ store, key, version: spec.version }, reader.cursor.byteOffset).catch(() => null)
    : null;
  await writer.pause(isDataVisError(error) ? error.code : null, checksum);
}
