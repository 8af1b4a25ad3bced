import { createStores } from '@datavis/storage/stores';
import type { CreateStoresOptions } from '@datavis/storage/stores';
import type { SqlDatabase } from '@datavis/plugin-sdk';
import { dump } from './dump.js';

/** Stores whose `gs://` is a server on loopback, asked in small pieces. */
export function storesOn(endpoint: string, options: CreateStoresOptions['gcs'] = {}) {
  return createStores({
    gcs: { apiEndpoint: endpoint, idleTimeoutMs: 2_000, retryBaseMs: 2, pieceBytes: 262_144, ...options },
  });
}

/**
 * All tables without what names the place they came from: its URI; versions, which are generations in one place and
 * times in the other; checksums, which a bucket knows and a disk does not.
 */
export async function placelessDump(database: SqlDatabase, root: string): Promise<Record<string, string[]>> {
  const tables = await dump(database, { without: ['version', 'media_version', 'cursor', 'checksum'] });
  const placeless = (row: string): string =>
    row.replace(/file:\/\/[^"]*/g, decodeURIComponent).replaceAll(root, 'ROOT');
  return Object.fromEntries(Object.entries(tables).map(([table, rows]) => [table, rows.map(placeless).sort()]));
}
