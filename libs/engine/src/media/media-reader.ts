import type { CallOptions, ObjectStore, ObjectStoreResolver, SqlRow } from '@datavis/plugin-sdk';
import { objectUri, splitObjectUri } from '@datavis/storage';
import { locateDataset } from '../layout/locate.js';
import type { LocatedDataset } from '../layout/locate.js';
import { nameCandidates } from './name-candidates.js';

/** Where the picture of an image may lie, most literal reading of its name first. */
export interface MediaRef {
  /** Row key as decimal text. */
  readonly imageKey: string;
  readonly places: readonly { readonly store: ObjectStore; readonly key: string }[];
}

/** A picture's file as it was when it was opened: reading another version is `DATAVIS_STORAGE_CHANGED`. */
export interface MediaFile {
  /** Changes whenever the bytes may have changed. */
  readonly identity: string;
  readonly uri: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number | undefined;
  /** `start` inclusive, `end` exclusive. */
  read(options?: CallOptions & { readonly start?: number; readonly end?: number }): AsyncIterable<Uint8Array>;
}

/** Originals of a catalog's images. Only keys below the dataset's own stores are ever asked for; no URL is fetched. */
export interface MediaReader {
  /** Images that the dataset does not have are left out. */
  locate(dataset: string, imageKeys: readonly string[], call?: CallOptions): Promise<Map<string, MediaRef>>;
  /** The file's present version; undefined where there is none. */
  open(ref: MediaRef, call?: CallOptions): Promise<MediaFile | undefined>;
  /** Forgets where datasets lie: after an import. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface MediaReaderDeps {
  readonly catalog: { media(dataset: string, imageKeys: readonly string[], call?: CallOptions): Promise<SqlRow[]> };
  readonly stores: ObjectStoreResolver;
}

export function createMediaReader({ catalog, stores }: MediaReaderDeps): MediaReader {
  const opened = new Map<string, Promise<ObjectStore>>();
  const located = new Map<string, Promise<LocatedDataset | undefined>>();

  function storeAt(root: string): Promise<ObjectStore> {
    let store = opened.get(root);
    if (store === undefined) {
      store = stores.open(root);
      opened.set(root, store);
      store.catch(() => opened.delete(root));
    }
    return store;
  }

  /** The layout around a source that was imported without a note of where its pictures are. */
  function layoutAt(sourceUri: string): Promise<LocatedDataset | undefined> {
    let layout = located.get(sourceUri);
    if (layout === undefined) {
      layout = locateDataset(stores, [sourceUri]).catch(() => undefined);
      located.set(sourceUri, layout);
    }
    return layout;
  }

  async function base(row: SqlRow): Promise<{ store: ObjectStore; prefixes: readonly string[] } | undefined> {
    const { media_root: root, media_prefixes: prefixes, source_uri: source } = row;
    if (typeof root === 'string') {
      return {
        store: await storeAt(root),
        prefixes: typeof prefixes === 'string' ? (JSON.parse(prefixes) as string[]) : [''],
      };
    }
    if (typeof source !== 'string') return undefined;
    return (await layoutAt(source))?.sources[0]?.media ?? undefined;
  }

  async function placesOf(row: SqlRow): Promise<MediaRef['places']> {
    const { media_uri: uri, file_name: name } = row;
    if (typeof uri === 'string') {
      const { root, key } = splitObjectUri(uri);
      return [{ store: await storeAt(root), key }];
    }
    const at = typeof name === 'string' ? await base(row) : undefined;
    if (at === undefined || typeof name !== 'string') return [];
    const { candidates } = nameCandidates(name, { prefixes: at.prefixes, rootUri: at.store.root });
    return candidates.map(({ key }) => ({ store: at.store, key }));
  }

  async function clear(): Promise<void> {
    const layouts = [...located.values()];
    const all = [...opened.values()];
    located.clear();
    opened.clear();
    for (const layout of layouts) await (await layout)?.close();
    for (const store of all) await store.then((one) => one.close()).catch(() => undefined);
  }

  return {
    async locate(dataset, imageKeys, call) {
      const rows = await catalog.media(dataset, imageKeys, call);
      const refs = await Promise.all(
        rows.map(async (row) => ({ imageKey: String(row['image_key']), places: await placesOf(row) })),
      );
      return new Map(refs.map((ref) => [ref.imageKey, ref]));
    },

    async open({ places }, call) {
      for (const { store, key } of places) {
        const stat = await store.stat(key, call);
        if (stat === undefined) continue;
        const uri = objectUri(store.root, key);
        return {
          identity: `${uri}@${stat.version}`,
          uri,
          sizeBytes: stat.size,
          modifiedMs: stat.modifiedMs,
          read: ({ start, end, signal } = {}) => store.read(key, { version: stat.version, start, end, signal }),
        };
      }
      return undefined;
    },

    clear,
    close: clear,
  };
}
