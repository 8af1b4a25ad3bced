import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ObjectStore, ObjectStoreResolver } from '@datavis/plugin-sdk';
import { cocoBytes, detectFormat, importerOf, importerRun, PluginError } from '../plugins/index.js';
import type { FoundImporter, PluginHost } from '../plugins/index.js';
import type { ImportRequest } from './import-types.js';

export interface ConvertDeps {
  readonly plugins?: PluginHost | undefined;
  readonly stores: ObjectStoreResolver;
  /** Folder for COCO files with what importers read. */
  readonly importsDir?: string | undefined;
}

/**
 * A request for another format as one for COCO: an importer of a plugin reads the source, and what it reads lies as a
 * COCO file in `importsDir`. The file's name follows from the source, so that the same import again finds the same file;
 * it stays untouched where the source says the same as before.
 *
 * @throws PluginError `DATAVIS_PLUGIN_FORMAT`, `DATAVIS_PLUGIN_HOOK_FAILED`
 */
export async function convertFormat(
  { plugins: host, stores, importsDir }: ConvertDeps,
  request: ImportRequest,
  signal: AbortSignal,
): Promise<ImportRequest> {
  const { format, formatOptions = {}, ...rest } = request;
  if (format === undefined || format === 'coco') return rest;
  const [source] = request.sources;
  if (source === undefined || request.sources.length > 1) throw refused(`the format "${format}" takes one source`);
  if (importsDir === undefined) throw refused('this application imports no other formats than COCO');
  if (host === undefined) throw refused(`no plugin reads the format "${format}"`, 'Add a plugin that does.');
  const store = await stores.open(source, { signal });
  try {
    const found = await findImporter(host, format, store, signal);
    if (found.because !== undefined)
      host.guard.log.info(`${source}: ${found.importer.format}, by ${found.because}`);
    const place = source.replace(/\/+$/, '');
    const dataset = request.dataset ?? place.split(/[\\/]/).at(-1) ?? source;
    const info = { id: '0', dataset: { name: dataset, uri: store.root }, startedAt: new Date() };
    const run = await importerRun(host, found, info, signal);
    const file = join(resolve(importsDir), fileName(dataset, found, store));
    await mkdir(resolve(importsDir), { recursive: true });
    await writeNew(file, cocoBytes(found, store, run, formatOptions), signal);
    const { imageRoot } = found.importer;
    const images = imageRoot === undefined ? source : `${place}/${imageRoot}`;
    return { ...rest, sources: [file], images: request.images ?? images, dataset };
  } finally {
    await store.close();
  }
}

function refused(message: string, hint?: string): PluginError {
  return new PluginError('DATAVIS_PLUGIN_FORMAT', message, hint === undefined ? {} : { hint });
}

async function findImporter(
  host: PluginHost,
  format: string,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<FoundImporter> {
  if (format !== 'auto') return importerOf(host, format);
  const found = await detectFormat(host, store, signal);
  if (found !== undefined) return found;
  throw refused(`no plugin knows the format of ${store.root}`, 'Name the format, or add a plugin that reads it.');
}

function fileName(dataset: string, { importer }: FoundImporter, { root }: ObjectStore): string {
  const id = createHash('sha256').update(`${importer.format}\n${root}`).digest('hex').slice(0, 16);
  return `${dataset.replace(/[^\w.-]+/g, '_')}-${id}.json`;
}

/** Whole or not at all; a file with the same bytes stays, with its time, so that nobody takes it for a changed one. */
async function writeNew(file: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  const part = `${file}.part`;
  try {
    // Opened first: a stream that opens by itself may do so after it was destroyed, and the file removed.
    const handle = await open(part, 'w');
    await pipeline(bytes, handle.createWriteStream(), { signal });
    if (await isSame(file, part)) return;
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
}

async function isSame(file: string, other: string): Promise<boolean> {
  const [before, now] = await Promise.all([stat(file).catch(() => undefined), stat(other)]);
  return before?.size === now.size && (await hashOf(file)) === (await hashOf(other));
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
