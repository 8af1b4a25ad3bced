import type { SqlConnection } from '@datavis/plugin-sdk';
import { rowsAsTable } from './insert-rows.js';
import type { BeginsWith, KnownSource, SourceSpec } from './source-spec.js';

interface SourceRow extends Readonly<Record<string, unknown>> {
  readonly source_key: bigint;
  readonly dataset_key: bigint;
  readonly split_key: bigint | null;
  readonly split: string | null;
  readonly uri: string;
  readonly version: string;
  readonly size_bytes: bigint;
  readonly head_checksum: string | null;
  readonly checksum: string | null;
  readonly settings: string | null;
  readonly state: 'partial' | 'done';
  readonly media_root: string | null;
  readonly media_prefixes: string | null;
  readonly masks_prefix: string | null;
  readonly run_key: bigint | null;
}

/** What the catalog has of a source: none, a whole one, an unfinished one, or a whole one and its unfinished successor. */
export type SourceLookup = (spec: Pick<SourceSpec, 'uri' | 'split'>) => readonly KnownSource[];

const nameOf = (uri: string, split: string | null): string => JSON.stringify([uri, split]);

/** Looks sources of one dataset up, all in one query. */
export async function lookUpSources(
  connection: SqlConnection,
  dataset: string,
  uris: readonly string[],
): Promise<SourceLookup> {
  const rows = await connection.all<SourceRow>(
    `SELECT s.source_key, s.dataset_key, s.split_key, p.name AS split, s.uri, s.version, s.size_bytes, s.head_checksum,
       s.checksum, s.settings, s.state, s.media_root, s.media_prefixes, s.masks_prefix, r.run_key
     FROM sources s JOIN datasets d USING (dataset_key) LEFT JOIN splits p USING (split_key)
       LEFT JOIN (SELECT source_key, max(run_key) AS run_key FROM ingest_runs GROUP BY source_key) r
         ON r.source_key = s.source_key
     WHERE d.name = $1 AND s.uri IN (SELECT unnest($2::VARCHAR[])) ORDER BY s.source_key DESC`,
    [dataset, uris],
  );
  const found = new Map<string, KnownSource[]>();
  for (const row of rows) {
    const name = nameOf(row.uri, row.split);
    found.set(name, [...(found.get(name) ?? []), toKnown(row)]);
  }
  return ({ uri, split }) => found.get(nameOf(uri, split)) ?? [];
}

function toKnown(row: SourceRow): KnownSource {
  return {
    sourceKey: row.source_key,
    datasetKey: row.dataset_key,
    splitKey: row.split_key,
    version: row.version,
    sizeBytes: Number(row.size_bytes),
    headChecksum: row.head_checksum,
    checksum: row.checksum,
    settings: row.settings,
    state: row.state,
    lastRun: row.run_key ?? 0n,
    place: { root: row.media_root, prefixes: row.media_prefixes, masks: row.masks_prefix },
  };
}

/** Where pictures are looked up, as the catalog keeps it. */
export function placeOf({ media, masksPrefix }: SourceSpec): KnownSource['place'] {
  return {
    root: media?.root ?? null,
    prefixes: media === null ? null : JSON.stringify(media.prefixes),
    masks: masksPrefix,
  };
}

export function isSame(known: KnownSource, spec: SourceSpec): boolean {
  return known.version === spec.version && isAlike(known, spec);
}

/** All is the same but the version: a file that was touched or copied, or changed in its middle. */
function isAlike({ sizeBytes, headChecksum, settings }: KnownSource, spec: SourceSpec): boolean {
  return sizeBytes === spec.sizeBytes && headChecksum === spec.headChecksum && settings === spec.settings;
}

/** The source in the catalog, where it is whole and says what the file says. */
export async function findUnchanged(
  known: readonly KnownSource[],
  spec: SourceSpec,
  beginsWith: BeginsWith,
): Promise<KnownSource | undefined> {
  const done = known.find(({ state }) => state === 'done');
  if (done === undefined || known.some(({ state }) => state === 'partial')) return undefined;
  if (isSame(done, spec)) return done;
  if (!isAlike(done, spec) || done.checksum === null) return undefined;
  return (await beginsWith(done.checksum)) ? done : undefined;
}

/** An unchanged source, and the file as it is now. */
export interface UnchangedSource {
  readonly known: KnownSource;
  readonly spec: SourceSpec;
}

/** Notes versions of unchanged sources, and where their pictures are now looked up. Writes nothing that is known. */
export async function noteSources(connection: SqlConnection, sources: readonly UnchangedSource[]): Promise<void> {
  const news = sources.flatMap(({ known, spec }) => {
    const place = spec.media === null ? known.place : placeOf(spec);
    const isKnown = known.version === spec.version && JSON.stringify(place) === JSON.stringify(known.place);
    return isKnown ? [] : [{ key: known.sourceKey, version: spec.version, ...place }];
  });
  if (news.length === 0) return;
  const { sql, params } = rowsAsTable({
    source_key: ['BIGINT', news.map(({ key }) => key)],
    version: ['VARCHAR', news.map(({ version }) => version)],
    root: ['VARCHAR', news.map(({ root }) => root)],
    prefixes: ['VARCHAR', news.map(({ prefixes }) => prefixes)],
    masks: ['VARCHAR', news.map(({ masks }) => masks)],
  });
  await connection.run(
    `UPDATE sources SET version = n.version, media_root = n.root, media_prefixes = n.prefixes, masks_prefix = n.masks
     FROM ${sql} n WHERE sources.source_key = n.source_key`,
    params,
  );
}
