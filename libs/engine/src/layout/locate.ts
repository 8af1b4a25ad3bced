import {
  DataVisError,
  type CallOptions,
  type Finding,
  type ObjectStore,
  type ObjectStoreResolver,
} from '@datavis/plugin-sdk';
import picomatch from 'picomatch';
import { findLayout, nonEmpty } from './find-layout.js';
import { FolderCollector } from './folders.js';
import { layoutOf } from './layout-of.js';
import type { DatasetLayout, LayoutSource } from './layout.js';
import { mediaFolder, pictureFolders } from './media-folders.js';
import { joinUri } from './join-uri.js';
import { isJsonName, lastPart, skipCode } from './names.js';
import { probePictures } from './probe.js';

export interface LocateOptions extends CallOptions {
  /** URI of the pictures' folder, where they do not lie beside the annotations. A folder of splits will do. */
  readonly images?: string | undefined;
  /** `false`: look for no pictures (default `true`). */
  readonly media?: boolean | undefined;
}

/** Where the pictures of one source are looked up: no key outside of `store` is ever asked for. */
export interface MediaPlace {
  readonly store: ObjectStore;
  /** See {@link LayoutSource.mediaPrefixes}. */
  readonly prefixes: readonly string[];
}

export interface LocatedSource extends LayoutSource {
  readonly store: ObjectStore;
  /** Store root and key, for people and for the catalog. */
  readonly uri: string;
  readonly media: MediaPlace | null;
}

export interface LocatedDataset {
  /** Last part of the dataset's folder. */
  readonly name: string;
  /** URI of the dataset's folder. */
  readonly rootUri: string;
  readonly sources: readonly LocatedSource[];
  readonly findings: readonly Finding[];
  /** Closes every store that was opened. */
  close(): Promise<void>;
}

/**
 * Turns what a user names (annotation files, folders, archives, globs) into the sources of one dataset.
 *
 * @throws `DATAVIS_ENGINE_LAYOUT_NONE`, `DATAVIS_ENGINE_LAYOUT_AMBIGUOUS`, and what the stores throw.
 */
export async function locateDataset(
  resolver: ObjectStoreResolver,
  inputs: readonly string[],
  options: LocateOptions = {},
): Promise<LocatedDataset> {
  const stores: ObjectStore[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(stores.map((store) => store.close()));
  };
  const open = async (uri: string): Promise<ObjectStore> => {
    const store = await resolver.open(uri, { signal: options.signal });
    stores.push(store);
    return store;
  };
  try {
    const images =
      options.images === undefined ? undefined : await chosenMedia(await open(options.images), options);
    const parts: { store: ObjectStore; layout: DatasetLayout }[] = [];
    for (const input of inputs) parts.push(await locateInput(input, open, options));
    const sources = parts.flatMap(({ store, layout }) =>
      layout.sources.map((source) => ({
        ...source,
        store,
        uri: joinUri(store.root, source.key),
        media: options.media === false ? null : images === undefined ? ownMedia(store, source) : images(source),
      })),
    );
    const first = sources[0];
    if (first === undefined) throw new DataVisError('DATAVIS_ENGINE_LAYOUT_NONE', 'No source was named');
    const rootUri = joinUri(first.store.root, first.root).replace(/\/$/, '');
    const findings = parts.flatMap(({ layout }) => layout.findings);
    const settled = options.images !== undefined || options.media === false;
    return {
      name: lastPart(rootUri).replace(/\.zip$/i, ''),
      rootUri,
      sources,
      findings: settled ? findings.filter(({ code }) => code !== 'media-folder-ambiguous') : findings,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Open = (uri: string) => Promise<ObjectStore>;

async function locateInput(
  input: string,
  open: Open,
  { signal }: CallOptions,
): Promise<{ store: ObjectStore; layout: DatasetLayout }> {
  const uri = input.replace(/(?<=[^/:])\/+$/, '');
  const named = isJsonName(uri) || isGlob(uri);
  if (!named && !isFileName(uri) && !/^annotations?$/i.test(lastPart(uri))) {
    const store = await open(uri);
    return { store, layout: await findLayout(store, { signal }) };
  }
  // The pictures are beside the annotation folder, so the store begins above it.
  const { base, rest } = splitUri(named || isFileName(uri) ? uri : `${uri}/*.json`);
  const store = await open(base);
  const literal = await store.stat(rest, { signal });
  const collector = new FolderCollector();
  if (literal !== undefined) collector.addJson(literal);
  else if (!named && isFileName(uri)) {
    // A folder whose name has a dot.
    const folder = await open(uri);
    return { store: folder, layout: await findLayout(folder, { signal }) };
  } else if (isGlob(rest)) {
    const matches = picomatch(rest, { dot: true });
    for await (const entry of store.list(literalPrefix(rest), { signal })) {
      if (isJsonName(entry.key) && matches(entry.key)) collector.add(entry);
    }
  } else {
    throw new DataVisError('DATAVIS_STORAGE_NOT_FOUND', `No such file: ${input}`, { place: { uri: input } });
  }
  const chosen = collector.folders().flatMap(({ json }) => json);
  if (chosen.some(({ key }) => skipCode(key) === undefined)) await probePictures(store, '', collector, { signal });
  const layout = layoutOf(collector.folders(), { chosen: true, rootName: lastPart(store.root) });
  // A chosen tree is never ambiguous; the check tells the compiler.
  if ('ambiguous' in layout) throw new TypeError('chosen files cannot be ambiguous');
  return { store, layout: nonEmpty(layout, input) };
}

function ownMedia(store: ObjectStore, source: LayoutSource): MediaPlace | null {
  return source.mediaPrefixes.length === 0 ? null : { store, prefixes: source.mediaPrefixes };
}

/** With a folder named by the user: the split's folder in it, where there is one, and the folder itself. */
async function chosenMedia(
  store: ObjectStore,
  { signal }: CallOptions,
): Promise<(source: LayoutSource) => MediaPlace> {
  const collector = new FolderCollector();
  await probePictures(store, '', collector, { signal });
  const folders = collector.folders();
  const pictures = pictureFolders(folders, new Set());
  return ({ split }) => {
    const { folder } = mediaFolder({ key: '', root: '', split }, folders, pictures);
    return { store, prefixes: [...new Set([folder ?? '', ''])] };
  };
}

/** Whether the name is that of a file of any type but an archive, which is a store of its own. */
function isFileName(uri: string): boolean {
  const bucket = /^[a-z][\w+.-]*:\/\/[^/]*$/i.test(uri);
  return !bucket && /[^/]\.(?!zip$)[a-z]\w*$/i.test(uri);
}

function isGlob(uri: string): boolean {
  return /[*?[\]{}]/.test(uri);
}

function literalPrefix(glob: string): string {
  const literal = glob.slice(0, glob.search(/[*?[\]{}]/));
  return literal.slice(0, literal.lastIndexOf('/') + 1);
}

/** Splits at the folder that holds the files, or above it where that folder only holds annotations. */
function splitUri(uri: string): { base: string; rest: string } {
  const parts = uri.split('/');
  const glob = parts.findIndex(isGlob);
  let at = glob === -1 ? parts.length - 1 : Math.min(glob, parts.length - 1);
  if (at > 0 && /^annotations?$/i.test(parts[at - 1] ?? '')) at -= 1;
  const base = parts.slice(0, at).join('/');
  return { base: base !== '' ? base : uri.startsWith('/') ? '/' : '.', rest: parts.slice(at).join('/') };
}
