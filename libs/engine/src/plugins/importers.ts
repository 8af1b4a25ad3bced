import type {
  Detection,
  ImportChunk,
  ImporterContribution,
  ImportProbe,
  IngestRun,
  ObjectStat,
  ObjectStore,
  PluginTable,
  RunInfo,
} from '@datavis/plugin-sdk';
import { makeRun } from './context.js';
import { messageOf, PluginError } from './errors.js';
import { exactJson } from './exact-json.js';
import { callPlugin, type GuardDeps, type GuardedCall } from './guard.js';
import { garbage, guardedSteps } from './guarded-steps.js';
import type { PluginHost } from './host.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { isObject, shown } from './shape.js';

/** Objects an importer sees of a place before it says whether it knows the format. */
export const PROBE_OBJECTS = 1000;

export interface FoundImporter {
  readonly plugin: LoadedPlugin;
  readonly importer: ImporterContribution;
  /** How calls of it are guarded. */
  readonly guard: GuardDeps;
  /** What the importer said; absent where the user named the format. */
  readonly because?: string;
}

function offers(host: PluginHost): FoundImporter[] {
  return host.order.plugins.flatMap((plugin) =>
    (plugin.definition.importers ?? []).map((importer) => ({ plugin, importer, guard: host.guard })),
  );
}

/** The importer of a format that the user named. */
export function importerOf(host: PluginHost, format: string): FoundImporter {
  const found = offers(host).find(({ importer }) => importer.format === format);
  if (found !== undefined) return found;
  const known = offers(host).map(({ importer }) => importer.format);
  throw new PluginError('DATAVIS_PLUGIN_FORMAT', `no plugin reads the format "${format}"`, {
    hint: known.length === 0 ? 'Add a plugin that does.' : `Known formats: ${known.join(', ')}.`,
  });
}

export async function probeOf(store: ObjectStore, signal?: AbortSignal): Promise<ImportProbe> {
  const sample: ObjectStat[] = [];
  for await (const entry of store.list('', { signal })) {
    if (entry.kind === 'object') sample.push(entry);
    if (sample.length >= PROBE_OBJECTS) break;
  }
  const head = async (key: string, maxBytes: number): Promise<Uint8Array> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(key, { end: maxBytes, signal })) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  return { store, sample, head };
}

/** Asks all importers; the most confident wins. `undefined` where none knows the place; a tie is an error. */
export async function detectFormat(
  host: PluginHost,
  store: ObjectStore,
  signal?: AbortSignal,
): Promise<FoundImporter | undefined> {
  const candidates = offers(host).filter(({ importer }) => importer.detect !== undefined);
  if (candidates.length === 0) return undefined;
  const probe = await probeOf(store, signal);
  let best: (FoundImporter & { confidence: number }) | undefined;
  let tie: FoundImporter | undefined;
  for (const found of candidates) {
    const { plugin, importer } = found;
    const context = await host.contextOf(plugin.name, signal);
    const call = {
      plugin,
      hook: 'importer.detect',
      code: 'DATAVIS_PLUGIN_HOOK_FAILED',
      signal: context.signal,
    } as const;
    const detection: unknown = await callPlugin(host.guard, call, () => importer.detect?.(probe, context));
    if (detection === undefined || detection === null) continue;
    if (!isDetection(detection))
      throw garbage(call, `${shown(detection)}, not { confidence: 0 to 1, because: '…' }`);
    if (detection.confidence === 0) continue;
    if (best !== undefined && detection.confidence === best.confidence) tie = found;
    if (best === undefined || detection.confidence > best.confidence) {
      best = { ...found, because: detection.because, confidence: detection.confidence };
      tie = undefined;
    }
  }
  if (best !== undefined && tie !== undefined) {
    const names = [best, tie].map(({ plugin, importer }) => `${importer.format} (${plugin.name})`).join(' and ');
    throw new PluginError('DATAVIS_PLUGIN_FORMAT', `${store.root} looks like ${names}, equally`, {
      hint: 'Name the format with --format.',
    });
  }
  return best;
}

function isDetection(value: unknown): value is Detection {
  if (!isObject(value) || typeof value['because'] !== 'string') return false;
  const { confidence } = value;
  return typeof confidence === 'number' && confidence >= 0 && confidence <= 1;
}

const encoder = new TextEncoder();

/** What an importer gets of its run: the context of its plugin, and random numbers that are the same each time. */
export async function importerRun(
  host: PluginHost,
  { plugin }: FoundImporter,
  run: RunInfo,
  signal?: AbortSignal,
): Promise<IngestRun> {
  return makeRun(plugin, await host.contextOf(plugin.name, signal), run);
}

const SECTIONS: readonly PluginTable[] = ['images', 'annotations', 'categories'];

/**
 * What an importer yields, as the bytes of a COCO file: so another format goes through the same reader, findings,
 * hooks, writer and export as COCO itself. Pull-based. A table may come back in later chunks: its section then stands
 * in the file more than once, so chunks of a table are gathered until another table starts.
 */
export async function* cocoBytes(
  found: FoundImporter,
  store: ObjectStore,
  run: IngestRun,
  options: Readonly<Record<string, unknown>> = {},
): AsyncGenerator<Uint8Array> {
  const { plugin, importer, guard } = found;
  const { signal } = run;
  const call = { plugin, hook: hookOf(found), code: 'DATAVIS_PLUGIN_HOOK_FAILED', signal } as const;
  let open: PluginTable | undefined;
  let written = 0;
  const closed = new Set<PluginTable>();
  yield encoder.encode('{');
  const read = (): AsyncIterable<ImportChunk> => importer.read({ store, options, signal }, run);
  for await (const { table, rows } of guardedSteps(guard, call, read, (chunk) => {
    if (!isChunk(chunk)) throw garbage(call, `${shown(chunk)}, which is no chunk of a table`);
  })) {
    signal.throwIfAborted();
    let text = '';
    if (table !== open) {
      if (closed.has(table)) {
        throw garbage(call, `rows of ${table} after other tables: yield one table after the other`);
      }
      if (open !== undefined) text += '],';
      text += `${JSON.stringify(table)}:[`;
      closed.add(table);
      open = table;
      written = 0;
    }
    for (const row of rows) text += `${written++ === 0 ? '' : ',\n'}${recordText(call, table, written, row)}`;
    if (text !== '') yield encoder.encode(text);
  }
  yield encoder.encode(open === undefined ? '}' : ']}');
}

function isChunk(value: unknown): value is ImportChunk {
  return isObject(value) && SECTIONS.some((table) => table === value['table']) && Array.isArray(value['rows']);
}

function recordText(call: GuardedCall, table: PluginTable, place: number, row: unknown): string {
  try {
    return exactJson(row);
  } catch (error) {
    throw garbage(call, `record ${place} of ${table}, which is no JSON data: ${messageOf(error)}`);
  }
}

function hookOf({ importer }: FoundImporter): string {
  return `importer ${importer.format}`;
}
