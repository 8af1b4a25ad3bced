import type { CallOptions, ObjectStoreResolver } from '@datavis/plugin-sdk';
import { DataVisError } from '@datavis/plugin-sdk';
import type { Catalog } from '@datavis/storage';
import { locateDataset, type LocatedDataset } from '../layout/locate.js';
import { forEachLimit } from '../media/for-each-limit.js';
import type { PluginHost } from '../plugins/index.js';
import { sectionCounts, Tally } from './counts.js';
import { headChecksum } from './fingerprint.js';
import type { ImportSourceDeps } from './import-source.js';
import { importSources } from './import-sources.js';
import type { Counts, ImportProgress, ImportRequest, ImportResult, PlannedSource } from './import-types.js';
import { ProgressMeter } from './progress.js';

export interface ImportDeps extends ImportSourceDeps {
  readonly stores: ObjectStoreResolver;
}

export interface ImportOptions extends CallOptions {
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

/** What decides, besides the file, which rows come of it. */
function settingsOf(request: ImportRequest, plugins: PluginHost | undefined): string {
  const used = plugins?.order.plugins.map(({ name, version, configHash }) => `${name}@${version}#${configHash}`);
  return JSON.stringify({ policy: request.policy ?? 'tolerant', plugins: used ?? [] });
}

/** Files asked about at once: in a bucket each waits for its answers. */
const AT_ONCE = 8;

/** What each source is now: its version is pinned here, and read with. */
async function plan(
  located: LocatedDataset,
  request: ImportRequest,
  { plugins }: ImportDeps,
  signal: AbortSignal,
): Promise<PlannedSource[]> {
  const settings = settingsOf(request, plugins);
  const planned = new Array<PlannedSource>(located.sources.length);
  await forEachLimit(located.sources.entries(), AT_ONCE, async ([at, source]) => {
    const { store, key, media } = source;
    const stat = await store.stat(key, { signal });
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
      headChecksum: await headChecksum({ store, key, version: stat.version }, { signal }),
      storeChecksum: stat.crc32c === undefined ? null : `crc32c:${stat.crc32c}`,
      settings,
      media: media && { root: media.store.root, prefixes: media.prefixes },
      masksPrefix: source.masksPrefix,
    };
    planned[at] = { source, spec };
  });
  return planned;
}

/**
 * Imports a dataset: finds its annotation files, reads each as a stream, stores the rows together with the place to go
 * on from. Killed or aborted at any moment, the next equal call goes on and ends with the same database. A file that is
 * in the catalog already and has not changed is not read.
 *
 * Imports of one catalog wait for each other.
 *
 * Of a file that has changed, exactly the difference is applied, in one commit: until then its earlier rows stay.
 *
 * @throws `DATAVIS_INGEST_*` about a file, with its place; `DATAVIS_ENGINE_LAYOUT_*`; `DATAVIS_STORAGE_*`;
 * `DATAVIS_PLUGIN_*`. After errors about what a file says (syntax, encoding, no COCO, a limit, the policy) nothing of it
 * stays; after all others what was committed stays, and the next call goes on from there.
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
    const planned = await plan(located, request, deps, signal);
    return await deps.catalog.exclusive(() => importAll(deps, located, planned, request, { ...options, signal }));
  } finally {
    await located.close();
  }
}

async function importAll(
  deps: ImportDeps,
  located: LocatedDataset,
  planned: readonly PlannedSource[],
  request: ImportRequest,
  options: ImportOptions & { readonly signal: AbortSignal },
): Promise<ImportResult> {
  const bytesTotal = planned.reduce((sum, { spec }) => sum + spec.sizeBytes, 0);
  const meter = new ProgressMeter({ sources: planned.length, bytesTotal, onProgress: options.onProgress });
  const [read, imported, refused, findings] = [new Tally(), new Tally(), new Tally(), new Tally()];
  const sources = await importSources(deps, planned, { policy: request.policy, signal: options.signal, meter });
  for (const { cursor, findingCounts } of sources) {
    if (cursor) {
      read.add(sectionCounts(cursor, 'read'));
      imported.add(sectionCounts(cursor, 'imported'));
      refused.add(sectionCounts(cursor, 'refused'));
    }
    findings.add(findingCounts);
  }
  for (const { code } of located.findings) findings.add({ [code]: 1 });
  const dataset = request.dataset ?? located.name;
  return {
    dataset,
    run: sources.at(-1)?.result.run ?? 0,
    read: read.counts,
    imported: imported.counts,
    refused: refused.counts,
    datasetRows: await datasetRows(deps.catalog, dataset),
    findings: findings.counts,
    elapsedMs: meter.elapsedMs,
    sources: sources.map(({ result }) => result),
    layoutFindings: located.findings,
  };
}

async function datasetRows({ database }: Catalog, dataset: string): Promise<Counts> {
  const connection = await database.connect();
  try {
    const [known] = await connection.all<{ key: bigint }>(
      'SELECT dataset_key AS key FROM datasets WHERE name = ?',
      [dataset],
    );
    if (known === undefined) return {};
    // With the key itself, and not a join, DuckDB counts from its statistics: 1 ms where it would be 12.
    const rows = (table: string): string => `(SELECT count(*) FROM ${table} WHERE dataset_key = $1) AS ${table}`;
    const [counts] = await connection.all<Record<string, bigint>>(
      `SELECT ${['images', 'annotations', 'categories'].map(rows).join(', ')}`,
      [known.key],
    );
    return Object.fromEntries(Object.entries(counts ?? {}).map(([table, count]) => [table, Number(count)]));
  } finally {
    await connection.close();
  }
}
