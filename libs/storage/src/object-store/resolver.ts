import { DataVisError } from '@datavis/plugin-sdk';
import type { CallOptions, ObjectStore, ObjectStoreResolver } from '@datavis/plugin-sdk';
import { schemeOf, splitUri } from './uri.js';

/** Opens a store rooted at a URI of its scheme. */
export type ObjectStoreOpener = (uri: string, options?: CallOptions) => Promise<ObjectStore>;

/** Opens the archive `key` of `parent`; the store it gives back closes `parent`. */
export type ArchiveOpener = (parent: ObjectStore, key: string, options?: CallOptions) => Promise<ObjectStore>;

export interface ObjectStoreResolverOptions {
  /** By scheme, in lower case and without the colon. `file` also opens plain paths. */
  readonly schemes: Readonly<Record<string, ObjectStoreOpener>>;
  /** Opens `….zip` on any scheme where an object of that name exists. */
  readonly zip?: ArchiveOpener | undefined;
}

/** A resolver that plugins can add schemes to. */
export interface ObjectStoreRegistry extends ObjectStoreResolver {
  /** @throws DataVisError `DATAVIS_STORAGE_SCHEME` where the scheme is taken. */
  register(scheme: string, opener: ObjectStoreOpener): void;
  /** Schemes that can be opened, sorted. */
  readonly schemes: readonly string[];
}

/**
 * Finds the store of a URI by its scheme. Openers are called once per `open`; the caller closes what it opened.
 *
 * @example
 * ```ts
 * import { createObjectStoreResolver, MemoryObjectStore } from '@datavis/storage';
 *
 * const stores = createObjectStoreResolver({ schemes: { memory: async (uri) => new MemoryObjectStore({ root: uri }) } });
 * const store = await stores.open('memory://scratch');
 * ```
 */
export function createObjectStoreResolver(options: ObjectStoreResolverOptions): ObjectStoreRegistry {
  const openers = new Map(Object.entries(options.schemes));

  async function openFolder(uri: string, call?: CallOptions): Promise<ObjectStore> {
    const scheme = schemeOf(uri);
    const opener = openers.get(scheme);
    if (opener === undefined) {
      throw new DataVisError('DATAVIS_STORAGE_SCHEME', `No object store is registered for ${scheme}://`, {
        place: { uri },
        hint: `Known schemes: ${[...openers.keys()].sort().join(', ')}. Others come with a plugin or an option.`,
      });
    }
    return opener(uri, call);
  }

  /** The archive at `uri`, where there is an object of that name: a folder may be called `x.zip` too. */
  async function openArchive(
    uri: string,
    zip: ArchiveOpener,
    call?: CallOptions,
  ): Promise<ObjectStore | undefined> {
    const { root, key } = splitUri(uri);
    const parent = await openFolder(root, call);
    try {
      if ((await parent.stat(key, call)) !== undefined) return await zip(parent, key, call);
    } catch (error) {
      await parent.close();
      throw error;
    }
    await parent.close();
    return undefined;
  }

  return {
    get schemes() {
      return [...openers.keys()].sort();
    },
    register(scheme, opener) {
      if (openers.has(scheme)) {
        throw new DataVisError('DATAVIS_STORAGE_SCHEME', `The scheme ${scheme}:// is registered already`);
      }
      openers.set(scheme, opener);
    },
    async open(uri, call) {
      call?.signal?.throwIfAborted();
      const archive =
        options.zip !== undefined && /\.zip$/i.test(uri) ? await openArchive(uri, options.zip, call) : undefined;
      return archive ?? openFolder(uri, call);
    },
  };
}
