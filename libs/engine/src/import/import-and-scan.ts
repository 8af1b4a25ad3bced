import type { Catalog } from '@datavis/storage';
import { scanMedia } from '../media/scan-media.js';
import { importDataset, type ImportDeps, type ImportOptions } from './import-dataset.js';
import type { ImportProgress, ImportRequest, ImportResult } from './import-types.js';

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
 * {@link importDataset}, then a look at every listed picture (its header only), unless `media` is false: what is missing
 * or has another size than declared is counted among the findings. Nothing is looked up again where nothing is new.
 */
export async function importAndScan(
  deps: ImportDeps,
  request: ImportRequest,
  options: ImportOptions = {},
): Promise<ImportResult> {
  let last: ImportProgress | undefined;
  const report = (progress: ImportProgress): void => {
    last = progress;
    options.onProgress?.(progress);
  };
  const result = await importDataset(deps, request, { ...options, onProgress: report });
  const { dataset, sources } = result;
  const changed = sources.some(({ state }) => state !== 'unchanged');
  if (request.media === false || !(changed || (await hasUnscanned(deps.catalog, dataset)))) return result;
  const { findings, found, missing, unlisted, elapsedMs } = await scanMedia(
    deps,
    { dataset },
    {
      signal: options.signal,
      onProgress: (media) => {
        if (last !== undefined) options.onProgress?.({ ...last, phase: 'media', media, etaMs: undefined });
      },
    },
  );
  return {
    ...result,
    findings: { ...result.findings, ...findings },
    media: { found, missing, unlisted },
    elapsedMs: result.elapsedMs + elapsedMs,
  };
}
