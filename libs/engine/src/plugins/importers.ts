import type {
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
import { PluginError } from './errors.js';
import { callPlugin, type GuardDeps } from './guard.js';
import type { PluginHost } from './host.js';
import type { LoadedPlugin } from './loaded-plugin.js';

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
    const detection = await callPlugin(host.guard, call, () => importer.detect?.(probe, context));
    if (detection === undefined || !(detection.confidence > 0)) continue;
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

/** JSON that keeps whole numbers above 2^53 exact: bigint values are written as their digits. */
export function exactJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return `[${Array.from(value as unknown as ArrayLike<unknown>, exactJson).join(',')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${exactJson(item)}`).join(',')}}`;
  }
  return value === undefined ? 'null' : JSON.stringify(value);
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
  const { plugin, importer } = found;
  const fail = (message: string): PluginError =>
    new PluginError('DATAVIS_PLUGIN_HOOK_FAILED', `${plugin.name}.${hookOf(found)}: ${message}`, {
      plugin: plugin.name,
      hook: hookOf(found),
    });
  let open: PluginTable | undefined;
  let written = 0;
  const closed = new Set<PluginTable>();
  yield encoder.encode('{');
  const { signal } = run;
  for await (const chunk of guardedChunks(found, () => importer.read({ store, options, signal }, run), signal)) {
    signal.throwIfAborted();
    const { table, rows } = chunk;
    if (!SECTIONS.includes(table) || !Array.isArray(rows)) throw fail(`it yielded no chunk of a table`);
    let text = '';
    if (table !== open) {
      if (closed.has(table))
        throw fail(`rows of ${table} came after other tables: yield one table after the other`);
      if (open !== undefined) text += '],';
      text += `${JSON.stringify(table)}:[`;
      closed.add(table);
      open = table;
      written = 0;
    }
    for (const row of rows) text += `${written++ === 0 ? '' : ',\n'}${exactJson(row)}`;
    if (text !== '') yield encoder.encode(text);
  }
  yield encoder.encode(open === undefined ? '}' : ']}');
}

function hookOf({ importer }: FoundImporter): string {
  return `importer ${importer.format}`;
}

/** Every step of an importer is a guarded call: one that hangs is named, and ends with the deadline or an abort. */
async function* guardedChunks(
  found: FoundImporter,
  open: () => AsyncIterable<ImportChunk>,
  signal: AbortSignal,
): AsyncGenerator<ImportChunk> {
  const { plugin, guard } = found;
  const call = { plugin, hook: hookOf(found), code: 'DATAVIS_PLUGIN_HOOK_FAILED', signal } as const;
  let chunks: AsyncIterator<ImportChunk> | undefined;
  let ended = false;
  try {
    for (;;) {
      const step = await callPlugin(guard, call, () => (chunks ??= open()[Symbol.asyncIterator]()).next());
      if (step.done === true) break;
      yield step.value;
    }
    ended = true;
  } finally {
    // Not waited for: the end of an importer that hangs comes behind the step that it hangs in.
    if (!ended) void Promise.resolve(chunks?.return?.()).catch(() => undefined);
  }
}
