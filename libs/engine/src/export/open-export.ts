import {
  DataVisError,
  type CallOptions,
  type SectionSummary,
  type SqlConnection,
  type SqlDatabase,
  type SqlRow,
} from '@datavis/plugin-sdk';
import type { NameSet } from '@datavis/storage';
import { cocoFile } from './coco-file.js';
import type { ExportRequest } from './export-types.js';
import { mergedFile } from './merged-coco.js';
import { parquetFiles } from './parquet.js';
import { selectRecords } from './select-records.js';
import { yoloFiles } from './yolo.js';

/** One file of an export: its key below the output folder, and its bytes, made while they are read. */
export interface FilePlan {
  readonly key: string;
  readonly body: () => AsyncIterable<Uint8Array>;
}

export interface ExportSource {
  readonly source_key: bigint;
  readonly uri: string;
  readonly split: string | null;
  readonly sections: string | null;
}

export interface OpenExportOptions extends CallOptions {
  /** Called while bodies of COCO files are read, with the number of records that were added. */
  readonly onRecords?: ((count: number) => void) | undefined;
}

/** An export that is ready to be read. It holds a connection until it is closed. */
export interface OpenExport {
  /** Annotation files that the dataset came from; as many files has an export to COCO. */
  readonly sources: readonly ExportSource[];
  /**
   * The files. The body of one is read to its end before the next file is asked for, except with YOLO, whose bodies are
   * small and made beforehand. A file that is not wanted is skipped at no cost.
   */
  readonly files: AsyncIterable<FilePlan>;
  /** Records that the files will hold; unknown for a part, a merged file and other formats than COCO. */
  readonly recordsTotal: number | undefined;
  /** What the format cannot hold and is left out, with numbers; complete after the last file. */
  readonly leftOut: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/**
 * Begins an export whose bytes the caller takes: to send them, to put them into an archive. `exportDataset` writes them
 * into a store.
 *
 * @throws `DATAVIS_ENGINE_EXPORT_IDS` (ids that clash in a merged file that keeps them), `DATAVIS_ENGINE_EXPORT_NOTHING` (no such dataset, split or source), `DATAVIS_ENGINE_EXPORT_PARTIAL` (a source
 * whose import has not ended), `DATAVIS_ENGINE_EXPORT_UNSUPPORTED` (Parquet without the native driver).
 */
export async function openExport(
  database: SqlDatabase,
  request: Omit<ExportRequest, 'out'>,
  { signal, onRecords }: OpenExportOptions = {},
): Promise<OpenExport> {
  const { format = 'coco', task = 'detect' } = request;
  const connection = await database.connect();
  try {
    const sources = await findSources(connection, request, { signal });
    const only = await selectRecords(database, connection, request, { signal });
    const leftOut: Record<string, number> = {};
    const context = { connection, database, sources, only, signal, onRecords, leftOut };
    if (format === 'parquet' || format === 'lake') assertParquet(database);
    return {
      sources,
      files:
        format === 'coco'
          ? request.merge === undefined
            ? cocoFiles(context)
            : mergedFile(context, request.dataset, request.merge)
          : format === 'yolo'
            ? yoloFiles(context, task)
            : parquetFiles(context, format === 'lake'),
      recordsTotal:
        format === 'coco' && request.merge === undefined && only === undefined ? countRecords(sources) : undefined,
      leftOut,
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function assertParquet({ capabilities }: SqlDatabase): void {
  if (capabilities.parquet) return;
  throw new DataVisError('DATAVIS_ENGINE_EXPORT_UNSUPPORTED', 'This SQL driver cannot write Parquet', {
    hint: 'Export with the native driver.',
  });
}

export interface ExportContext extends OpenExportOptions {
  readonly connection: SqlConnection;
  readonly database: SqlDatabase;
  readonly sources: readonly ExportSource[];
  /** See `cocoFile`. */
  readonly only: { readonly images: string; readonly annotations: string } | undefined;
  readonly leftOut: Record<string, number>;
}

async function findSources(
  connection: SqlConnection,
  { dataset, split, filter }: Omit<ExportRequest, 'out'>,
  call: CallOptions,
): Promise<ExportSource[]> {
  const found = await connection.all<SqlRow & ExportSource & { readonly state: string }>(
    `SELECT s.source_key, s.uri, p.name AS split, s.sections, s.state FROM sources s
     JOIN datasets d ON d.dataset_key = s.dataset_key LEFT JOIN splits p ON p.split_key = s.split_key
     WHERE d.name = ? AND (?::VARCHAR IS NULL OR p.name = ?::VARCHAR) ORDER BY s.source_key`,
    [dataset, split ?? null, split ?? null],
    call,
  );
  // A file of a split that the filter leaves out would have no image.
  const sources = found.filter((source) => isSelected(source.split, filter?.split));
  const partial = sources.find(({ state }) => state !== 'done');
  if (partial !== undefined) {
    throw new DataVisError('DATAVIS_ENGINE_EXPORT_PARTIAL', `The import of ${partial.uri} has not ended`, {
      hint: 'Run the import again: it goes on from where it stopped.',
    });
  }
  if (sources.length > 0) return sources;
  const what = split === undefined ? dataset : `${dataset}, split ${split}`;
  throw new DataVisError('DATAVIS_ENGINE_EXPORT_NOTHING', `There is nothing to export of ${what}`, {
    hint: 'List the datasets: datavis ls.',
  });
}

function isSelected(split: string | null, { anyOf, noneOf }: NameSet = { anyOf: [], noneOf: [] }): boolean {
  if (split === null) return anyOf.length === 0;
  return (anyOf.length === 0 || anyOf.includes(split)) && !noneOf.includes(split);
}

function sectionsOf({ sections }: ExportSource): SectionSummary[] {
  return JSON.parse(sections ?? '[]') as SectionSummary[];
}

function countRecords(sources: readonly ExportSource[]): number {
  return sources.flatMap(sectionsOf).reduce((sum, { imported }) => sum + imported, 0);
}

async function* cocoFiles({
  connection,
  sources,
  only,
  signal,
  onRecords,
}: ExportContext): AsyncGenerator<FilePlan> {
  const keys = keysOf(sources.map(({ uri }) => uri));
  for (const [at, source] of sources.entries()) {
    const { source_key: sourceKey } = source;
    yield await Promise.resolve({
      key: keys[at] ?? `${sourceKey}.json`,
      body: () => cocoFile(connection, { sourceKey, sections: sectionsOf(source), only, signal, onRecords }),
    });
  }
}

/** Keys that tell the files apart as their folders did: the part of their URIs behind the common folder. */
export function keysOf(uris: readonly string[]): string[] {
  const paths = uris.map((uri) => decodeURI(uri.replace(/%(?![0-9a-f]{2})/gi, '%25')).split('/'));
  const [first = []] = paths;
  let common = 0;
  while (common < first.length - 1 && paths.every((parts) => parts[common] === first[common])) common += 1;
  return paths.map((parts) => parts.slice(Math.min(common, parts.length - 1)).join('/'));
}
