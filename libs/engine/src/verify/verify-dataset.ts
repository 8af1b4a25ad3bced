import { readCoco } from '@datavis/ingest-coco';
import type {
  CallOptions,
  FindingPolicy,
  ObjectStoreResolver,
  PolicyName,
  SectionSummary,
  SqlDatabase,
  SqlRow,
} from '@datavis/plugin-sdk';
import { DataVisError, isDataVisError } from '@datavis/plugin-sdk';
import { splitObjectUri } from '@datavis/storage';
import { cocoFile } from '../export/coco-file.js';
import { hashBatch, hashOfText, SectionHashes } from './row-hashes.js';

export interface VerifyRequest {
  readonly dataset: string;
}

/** The account of one section, in the source and in the database. Checksums are 8 hex digits. */
export interface SectionCheck {
  readonly section: string;
  readonly equal: boolean;
  readonly sourceRecords: number;
  readonly storedRecords: number;
  /** Over the records in their order. */
  readonly sourceChecksum: string;
  readonly storedChecksum: string;
  /** The records are the same, their order is not. */
  readonly onlyOrderDiffers: boolean;
  /** Index in the source's section of the first record that is not as stored. */
  readonly firstDifference?: number;
}

export interface SourceCheck {
  readonly uri: string;
  /** `changed`: the source is not the version that was imported, so nothing was compared. `missing`: it is gone. */
  readonly state: 'equal' | 'different' | 'changed' | 'missing' | 'partial';
  readonly sections: readonly SectionCheck[];
}

export interface VerifyResult {
  readonly dataset: string;
  /** True where every source is there, as imported, and equal in all sections. */
  readonly equal: boolean;
  readonly sources: readonly SourceCheck[];
  readonly elapsedMs: number;
}

/** Each source is read twice: the file, and what is stored of it. */
export interface VerifyProgress {
  /** Of the source that is read now. */
  readonly uri: string;
  /** Bytes read of both, over all sources. */
  readonly bytes: number;
  /** Twice the sizes of the files as they were imported. */
  readonly bytesTotal: number;
}

export interface VerifyOptions extends CallOptions {
  /** Called for every piece read. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyDeps {
  readonly database: SqlDatabase;
  readonly stores: ObjectStoreResolver;
}

type SourceRow = SqlRow & {
  readonly source_key: bigint;
  readonly uri: string;
  readonly version: string | null;
  readonly size_bytes: bigint | null;
  readonly sections: string | null;
  readonly settings: string | null;
  readonly state: string;
};

/**
 * Proves that the database holds what the annotation files say: each file is read again, each of its records is put
 * together again from the database, and both are read by the same reader and compared, value by value, through a
 * checksum of every record. Memory: 8 bytes a record.
 *
 * Records that a plugin dropped or rewrote on purpose are differences too.
 *
 * @throws `DATAVIS_CATALOG_NOT_FOUND`, and what stores and the reader throw.
 */
export async function verifyDataset(
  deps: VerifyDeps,
  { dataset }: VerifyRequest,
  { signal, onProgress }: VerifyOptions = {},
): Promise<VerifyResult> {
  const started = performance.now();
  const connection = await deps.database.connect();
  try {
    const rows = await connection.all<SourceRow>(
      `SELECT s.source_key, s.uri, s.version, s.size_bytes, s.sections, s.settings, s.state FROM sources s
       JOIN datasets d USING (dataset_key) WHERE d.name = ? ORDER BY s.source_key`,
      [dataset],
      { signal },
    );
    if (rows.length === 0) {
      throw new DataVisError('DATAVIS_CATALOG_NOT_FOUND', `There is no dataset ${JSON.stringify(dataset)}`);
    }
    const sources: SourceCheck[] = [];
    const bytesTotal = 2 * rows.reduce((sum, row) => sum + sizeOf(row), 0);
    let bytesBefore = 0;
    for (const row of rows) {
      const onBytes = (bytes: number): void =>
        onProgress?.({ uri: row.uri, bytes: bytesBefore + bytes, bytesTotal });
      sources.push(await verifySource(deps, row, { signal, onBytes }));
      bytesBefore += 2 * sizeOf(row);
    }
    const equal = sources.every(({ state }) => state === 'equal');
    return { dataset, equal, sources, elapsedMs: performance.now() - started };
  } finally {
    await connection.close();
  }
}

function sizeOf(row: SourceRow): number {
  return Number(row.size_bytes ?? 0n);
}

async function verifySource(
  deps: VerifyDeps,
  row: SourceRow,
  { signal, onBytes }: CallOptions & { readonly onBytes: (bytes: number) => void },
): Promise<SourceCheck> {
  const { uri } = row;
  if (row.state !== 'done') return { uri, state: 'partial', sections: [] };
  const { root, key } = splitObjectUri(uri);
  const store = await deps.stores.open(root, { signal });
  const connection = await deps.database.connect();
  try {
    const stat = await store.stat(key, { signal });
    if (stat === undefined) return { uri, state: 'missing', sections: [] };
    if (stat.version !== row.version) return { uri, state: 'changed', sections: [] };
    const policy = policyOf(row.settings);
    const sections = JSON.parse(row.sections ?? '[]') as SectionSummary[];
    const size = sizeOf(row);
    const [source, stored] = [new Map<string, SectionHashes>(), new Map<string, SectionHashes>()];
    await hash(counted(store.read(key, { version: stat.version, signal }), onBytes), policy, source);
    const isReadable = await hash(
      // The same records may be written with more or fewer blanks than the file has.
      counted(cocoFile(connection, { sourceKey: row.source_key, sections, signal }), (bytes) => {
        onBytes(size + Math.min(bytes, size));
      }),
      'tolerant',
      stored,
    ).then(
      () => true,
      // What was read before stays: the first difference is behind it.
      (error: unknown) => (isNoCoco(error) ? false : Promise.reject(error as Error)),
    );
    const names = [...new Set([...source.keys(), ...stored.keys()])];
    const checks = names.map((name) =>
      compare(name, source.get(name) ?? new SectionHashes(), stored.get(name) ?? new SectionHashes()),
    );
    const isEqual = isReadable && checks.every(({ equal }) => equal);
    return { uri, state: isEqual ? 'equal' : 'different', sections: checks };
  } finally {
    await connection.close();
    await store.close();
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    onBytes((bytes += chunk.length));
  }
}

async function hash(
  bytes: AsyncIterable<Uint8Array>,
  policy: PolicyName | FindingPolicy,
  into: Map<string, SectionHashes>,
): Promise<void> {
  const reader = readCoco(bytes, { policy });
  for await (const batch of reader.batches()) hashBatch(batch, into);
  // What is no list of records (`info`, a string) is one record.
  for (const { name, json } of reader.cursor.sections) {
    if (json !== undefined) into.set(name, hashOfText(json));
  }
}

/** Records whose keys or JSON were tampered with may not make a file any more. */
function isNoCoco(error: unknown): boolean {
  return error instanceof SyntaxError || (isDataVisError(error) && error.code.startsWith('DATAVIS_INGEST_'));
}

function compare(section: string, source: SectionHashes, stored: SectionHashes): SectionCheck {
  const [left, right] = [source.present(), stored.present()];
  const length = Math.max(left.length, right.length);
  let nth = 0;
  while (nth < length && left[nth] === right[nth]) nth += 1;
  // Of two sections with one name the later records hide the earlier ones, but not from the chain.
  const equal = nth === length && source.chain === stored.chain;
  const hex = (value: number): string => value.toString(16).padStart(8, '0');
  return {
    section,
    equal,
    sourceRecords: source.count,
    storedRecords: stored.count,
    sourceChecksum: hex(source.chain),
    storedChecksum: hex(stored.chain),
    onlyOrderDiffers: !equal && source.count === stored.count && source.sum === stored.sum,
    ...(!equal && { firstDifference: source.indexOf(nth) }),
  };
}

/** The policy of the import: a record that it refused is in neither account. */
function policyOf(settings: string | null): PolicyName | FindingPolicy {
  const { policy } = JSON.parse(settings ?? '{}') as { policy?: PolicyName | FindingPolicy | null };
  return policy ?? 'tolerant';
}
