import {
  DataVisError,
  type CallOptions,
  type ObjectStore,
  type ObjectStoreResolver,
  type SqlDatabase,
} from '@datavis/plugin-sdk';
import { objectUri, splitUri } from '@datavis/storage';
import type { ExportedFile, ExportProgress, ExportRequest, ExportResult } from './export-types.js';
import { openExport, type FilePlan } from './open-export.js';

/** Label files that are written at the same time. */
const MAX_WRITES = 16;

export interface ExportDeps {
  readonly database: SqlDatabase;
  readonly stores: ObjectStoreResolver;
}

export interface ExportOptions extends CallOptions {
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
}

/**
 * Writes a dataset out, as a stream. COCO: one file for each annotation file that was imported, deep-equal to it. YOLO:
 * a label file for each image, and `data.yaml`. Parquet: one file for each table.
 *
 * Files appear under their name when they are whole, locally and in a bucket.
 *
 * @throws `DATAVIS_ENGINE_EXPORT_NOTHING` (no such dataset, split or source), `DATAVIS_ENGINE_EXPORT_PARTIAL` (a source
 * whose import has not ended), `DATAVIS_ENGINE_EXPORT_NAME` (a file name for several files),
 * `DATAVIS_ENGINE_EXPORT_UNSUPPORTED` (Parquet without the native driver), `DATAVIS_STORAGE_*`.
 */
export async function exportDataset(
  { database, stores }: ExportDeps,
  request: ExportRequest,
  { signal, onProgress }: ExportOptions = {},
): Promise<ExportResult> {
  const started = performance.now();
  const { dataset, format = 'coco' } = request;
  let records = 0;
  const onRecords = (count: number): void => {
    records += count;
  };
  const opened = await openExport(database, request, { signal, onRecords });
  let store: ObjectStore | undefined;
  try {
    const single = format === 'coco' && /\.json$/i.test(request.out);
    if (single && request.merge === undefined && opened.sources.length > 1)
      throw nameError(opened.sources.length, request.out);
    const { root, key } = single ? splitUri(request.out) : { root: request.out, key: undefined };
    const target = (store = await stores.open(root, { signal }));
    const files: ExportedFile[] = [];
    let bytes = 0;
    const report = (): void => {
      onProgress?.({ files: files.length, bytes, records, recordsTotal: opened.recordsTotal });
    };
    const counted = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of body) {
        yield chunk;
        bytes += chunk.byteLength;
        report();
      }
    };
    const write = async (plan: FilePlan): Promise<void> => {
      const name = key ?? plan.key;
      const written = await target.write(name, counted(plan.body()), { signal });
      files.push({ uri: objectUri(target.root, name), bytes: written.size });
      report();
    };
    await forEachPlan(opened.files, format === 'yolo' ? MAX_WRITES : 1, write);
    return { dataset, format, files, bytes, elapsedMs: performance.now() - started, leftOut: opened.leftOut };
  } finally {
    await opened.close();
    await store?.close();
  }
}

async function forEachPlan(
  plans: AsyncIterable<FilePlan>,
  limit: number,
  write: (plan: FilePlan) => Promise<void>,
): Promise<void> {
  const writing = new Set<Promise<void>>();
  try {
    for await (const plan of plans) {
      const one: Promise<void> = write(plan).finally(() => writing.delete(one));
      // Awaited below; a rejection in between must not count as unhandled.
      one.catch(() => undefined);
      writing.add(one);
      if (writing.size >= limit) await Promise.race(writing);
    }
  } finally {
    await Promise.all(writing);
  }
}

function nameError(files: number, out: string): DataVisError {
  return new DataVisError('DATAVIS_ENGINE_EXPORT_NAME', `${files} files cannot be written to ${out}`, {
    hint: 'Name a folder, or one split that has a single annotation file.',
  });
}
