import type { Catalog } from '@datavis/storage';
import { scanMedia, type MediaScanOptions } from '../media/scan-media.js';
import { convertFormat, type ConvertDeps } from './convert-format.js';
import { importDataset, type ImportDeps, type ImportOptions } from './import-dataset.js';
import type { ImportProgress, ImportRequest, ImportResult } from './import-types.js';
import { showPictures, type PictureDecoding } from './show-pictures.js';

/** Whether a listed image has not been looked up: after an import, and after one that was stopped before its scan. */
async function hasUnscanned(catalog: Catalog, dataset: string): Promise<boolean> {
  const connection = await catalog.database.connect();
  try {
    const rows = await connection.all(
      `SELECT 1 FROM images i JOIN sources s USING (source_key) JOIN datasets d ON d.dataset_key = i.dataset_key
       WHERE d.name = ? AND s.media_root IS NOT NULL AND i.media_state = 'unknown' LIMIT 1`,
      [dataset],
    );
    return rows.length > 0;
  } finally {
    await connection.close();
  }
}

/**
 * {@link importDataset}; then, unless `media` is false, a look at every listed picture (its header only): what is
 * missing or has another size than declared is counted among the findings; then the pictures are decoded for the plugins
 * that want to see them. Nothing is looked up or shown again where nothing is new.
 */
export async function importAndScan(
  deps: ImportDeps & PictureDecoding & ConvertDeps,
  asked: ImportRequest,
  options: ImportOptions = {},
): Promise<ImportResult> {
  let last: ImportProgress | undefined;
  const report = (progress: ImportProgress): void => {
    last = progress;
    options.onProgress?.(progress);
  };
  const reportPictures =
    (phase: 'media' | 'pictures') =>
    (media: { readonly images: number; readonly of: number }): void => {
      if (last !== undefined) options.onProgress?.({ ...last, phase, media, etaMs: undefined });
    };
  const startedMs = performance.now();
  const signal = options.signal ?? new AbortController().signal;
  const request = await convertFormat(deps, asked, signal);
  const result = await importDataset(deps, request, { ...options, onProgress: report });
  if (request.media === false) return result;
  const { dataset } = result;
  const scanned = await scanNew(deps, result, { signal, onProgress: reportPictures('media') });
  const showProgress = reportPictures('pictures');
  const shown = await showPictures(
    deps,
    { dataset, runId: String(result.run) },
    {
      signal,
      onProgress: (images, of) => {
        showProgress({ images, of });
      },
    },
  );
  return {
    ...result,
    ...scanned,
    findings: { ...result.findings, ...scanned?.findings },
    ...(shown && { shown }),
    elapsedMs: performance.now() - startedMs,
  };
}

async function scanNew(
  deps: ImportDeps,
  { dataset, sources }: ImportResult,
  options: MediaScanOptions,
): Promise<Pick<ImportResult, 'findings' | 'media'> | undefined> {
  const changed = sources.some(({ state }) => state !== 'unchanged');
  if (!changed && !(await hasUnscanned(deps.catalog, dataset))) return undefined;
  const { findings, found, missing, unlisted } = await scanMedia(deps, { dataset }, options);
  return { findings, media: { found, missing, unlisted } };
}
