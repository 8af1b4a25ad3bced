import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cocoBytes, detectFormat, importerOf, importerRun } from '@datavis/engine';
import type { FoundImporter, PluginHost } from '@datavis/engine';
import type { ObjectStore, ObjectStoreResolver } from '@datavis/plugin-sdk';
import { usage } from '../errors.js';

export interface FormatImport {
  /** A COCO file with what the importer read. */
  readonly file: string;
  /** Where the pictures lie. */
  readonly images: string;
  readonly dataset: string;
  readonly because: string | undefined;
}

async function findImporter(
  host: PluginHost | undefined,
  format: string,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<FoundImporter> {
  if (host === undefined) throw usage(`--format ${format}: no plugin is loaded`, 'Name one with --plugin.');
  if (format !== 'auto') return importerOf(host, format);
  const found = await detectFormat(host, store, signal);
  if (found === undefined) throw usage(`No plugin knows the format of ${store.root}`);
  return found;
}

/**
 * Reads another format by an importer of a plugin, into a COCO file beside the database. Its name follows from the
 * source, so that the same import again finds the same file.
 */
export async function importFormat(
  { host, stores }: { readonly host: PluginHost | undefined; readonly stores: ObjectStoreResolver },
  request: { readonly source: string; readonly format: string; readonly db: string; readonly dataset?: string },
  signal: AbortSignal,
): Promise<FormatImport> {
  const { source, format, db } = request;
  const store = await stores.open(source, { signal });
  try {
    const found = await findImporter(host, format, store, signal);
    if (host === undefined) throw usage('no plugin is loaded');
    const dataset = request.dataset ?? source.replace(/\/+$/, '').split(/[\\/]/).at(-1) ?? source;
    const info = { id: '0', dataset: { name: dataset, uri: store.root }, startedAt: new Date() };
    const run = await importerRun(host, found, info, signal);
    const id = createHash('sha256').update(`${found.importer.format}\n${store.root}`).digest('hex').slice(0, 16);
    const folder = resolve(`${db === ':memory:' ? join('.', 'datavis') : db}.imports`);
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
    const file = join(folder, `${dataset.replace(/[^\w.-]+/g, '_')}-${id}.json`);
    await pipeline(cocoBytes(found, store, run), createWriteStream(`${file}.part`), { signal });
    renameSync(`${file}.part`, file);
    const { imageRoot } = found.importer;
    const images = imageRoot === undefined ? source : `${source.replace(/\/+$/, '')}/${imageRoot}`;
    return { file, images, dataset, because: found.because };
  } finally {
    await store.close();
  }
}
