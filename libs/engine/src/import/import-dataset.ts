import type { CallOptions, ObjectStoreResolver } from '@datavis/plugin-sdk';
import { DataVisError } from '@datavis/plugin-sdk';
import type { SourceSpec } from '@datavis/storage';
import { locateDataset, type LocatedDataset, type LocatedSource } from '../layout/locate.js';
import { sectionCounts, Tally } from './counts.js';
import { importSource, type ImportSourceDeps } from './import-source.js';
import type { ImportProgress, ImportRequest, ImportResult, SourceResult } from './import-types.js';
import { ProgressMeter } from './progress.js';

export interface ImportDeps extends ImportSourceDeps {
  readonly stores: ObjectStoreResolver;
}

export interface ImportOptions extends CallOptions {
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

interface Planned {
  readonly source: LocatedSource;
  readonly spec: SourceSpec;
}

/** What each source is now: its version is pinned here, and read with. */
async function plan(located: LocatedDataset, request: ImportRequest, signal: AbortSignal): Promise<Planned[]> {
  return Promise.all(
    located.sources.map(async (source) => {
      const stat = await source.store.stat(source.key, { signal });
      if (stat === undefined) {
        throw new DataVisError('DATAVIS_STORAGE_NOT_FOUND', `No such object: ${source.uri}`, {
          place: { uri: source.uri },
        });
      }
      const spec = {
        dataset: request.dataset ?? located.name,
        rootUri: located.rootUri,
        split: request.split ?? source.split,
        uri: source.uri,
        kind: source.task,
        version: stat.version,
        sizeBytes: stat.size,
      };
      return { source, spec };
    }),
  );
}

/**
 * Imports a dataset: finds its annotation files, reads each as a stream, stores the rows together with the place to go
 * on from. Killed or aborted at any moment, the next equal call goes on and ends with the same database. A file that is
 * in the catalog already and has not changed is not read.
 *
 * Imports of one catalog wait for each other.
 *
 * @throws `DATAVIS_INGEST_*` about a file, with its place; `DATAVIS_ENGINE_LAYOUT_*`; `DATAVIS_STORAGE_*`;
 * `DATAVIS_PLUGIN_*`. After `DATAVIS_INGEST_TRUNCATED` and `DATAVIS_STORAGE_*` what was read stays, to be gone on with;
 * after other errors about a file nothing of it stays.
 */
export async function importDataset(
  deps: ImportDeps,
  request: ImportRequest,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const signal = options.signal ?? new AbortController().signal;
  const located = await locateDataset(deps.stores, request.sources, {
    images: request.images,
    media: request.media,
    signal,
  });
  try {
    const planned = await plan(located, request, signal);
    return await deps.catalog.exclusive(() => importAll(deps, located, planned, request, { ...options, signal }));
  } finally {
    await located.close();
  }
}

async function importAll(
  deps: ImportDeps,
  located: LocatedDataset,
  planned: readonly Planned[],
  request: ImportRequest,
  options: ImportOptions & { readonly signal: AbortSignal },
): Promise<ImportResult> {
  const bytesTotal = planned.reduce((sum, { spec }) => sum + spec.sizeBytes, 0);
  const meter = new ProgressMeter({ sources: planned.length, bytesTotal, onProgress: options.onProgress });
  const [read, imported, refused, findings] = [new Tally(), new Tally(), new Tally(), new Tally()];
  const results: SourceResult[] = [];
  for (const [i, { source, spec }] of planned.entries()) {
    meter.report(spec.uri, i + 1, 'read', undefined, 0);
    const one = await importSource(deps, source, spec, {
      policy: request.policy,
      signal: options.signal,
      onCursor: (phase, cursor, readFrom) => {
        meter.report(spec.uri, i + 1, phase, cursor, readFrom);
      },
    });
    meter.endSource(one.cursor, spec.sizeBytes, one.readFrom);
    if (one.cursor) {
      read.add(sectionCounts(one.cursor, 'read'));
      imported.add(sectionCounts(one.cursor, 'imported'));
      refused.add(sectionCounts(one.cursor, 'refused'));
    }
    findings.add(one.findingCounts);
    results.push(one.result);
  }
  for (const { code } of located.findings) findings.add({ [code]: 1 });
  return {
    dataset: request.dataset ?? located.name,
    run: results.at(-1)?.run ?? 0,
    read: read.counts,
    imported: imported.counts,
    refused: refused.counts,
    findings: findings.counts,
    elapsedMs: meter.elapsedMs,
    sources: results,
    layoutFindings: located.findings,
  };
}
