import type { PluginTable } from '@datavis/plugin-sdk';
import { PluginError } from './errors.js';
import { suggestion } from './features.js';
import { columnsOf, PLUGIN_TABLES, type LoadedPlugin } from './loaded-plugin.js';

/** Why one plugin runs before another. */
export interface OrderReason {
  readonly before: string;
  readonly after: string;
  readonly because: string;
}

export interface PluginOrder {
  readonly plugins: readonly LoadedPlugin[];
  readonly reasons: readonly OrderReason[];
}

/** Names of which a host can have one each, and who may change a clash. */
const NAMES_OF: readonly (readonly [what: string, of: (plugin: LoadedPlugin) => readonly string[]])[] = [
  ['the namespace', ({ namespace }) => [namespace]],
  ['the scheme', ({ definition }) => (definition.storage ?? []).map(({ scheme }) => scheme)],
  ['the format', ({ definition }) => (definition.importers ?? []).map(({ format }) => format)],
];

/** One plugin a name, namespace, scheme, format: two of one name and version are one; anything else is an error. */
export function withoutDuplicates(
  plugins: readonly LoadedPlugin[],
  note: (message: string) => void,
): LoadedPlugin[] {
  const byName = new Map<string, LoadedPlugin>();
  for (const plugin of plugins) {
    const twin = byName.get(plugin.name);
    if (twin === undefined) {
      byName.set(plugin.name, plugin);
    } else if (twin.version === plugin.version && twin.configHash === plugin.configHash) {
      note(`${plugin.name} ${plugin.version} is listed twice; the second is ignored`);
    } else {
      const [first, second] = [twin, plugin].map((one) => `${one.version} (${one.origin ?? 'config'})`);
      throw conflict(`${plugin.name} is loaded twice, in different versions or with different options`, {
        hint: `First: ${first ?? ''}; second: ${second ?? ''}. Keep one.`,
      });
    }
  }
  const unique = [...byName.values()];
  for (const [what, of] of NAMES_OF) assertOneEach(unique, what, of);
  return unique;
}

function assertOneEach(
  plugins: readonly LoadedPlugin[],
  what: string,
  of: (plugin: LoadedPlugin) => readonly string[],
): void {
  const owners = new Map<string, string>();
  for (const plugin of plugins) {
    for (const name of of(plugin)) {
      const owner = owners.get(name);
      if (owner !== undefined) {
        throw conflict(`${owner} and ${plugin.name} both use ${what} "${name}"`, {
          hint: 'Leave one of them out (datavis plugins disable NAME); its author can give it another name.',
        });
      }
      owners.set(name, plugin.name);
    }
  }
}

function conflict(message: string, options: { hint?: string } = {}): PluginError {
  return new PluginError('DATAVIS_PLUGIN_CONFLICT', message, options);
}

function writerReasons(plugins: readonly LoadedPlugin[], reader: LoadedPlugin, table: PluginTable): OrderReason[] {
  return (reader.definition.reads?.[table] ?? []).map((column) => {
    const [namespace = '', name = ''] = column.split('.');
    const writer = plugins.find((plugin) => plugin.namespace === namespace);
    if (writer === undefined || !columnsOf(writer, table).has(name)) {
      const written = plugins.flatMap((plugin) =>
        [...columnsOf(plugin, table).keys()].map((one) => `${plugin.namespace}.${one}`),
      );
      throw conflict(`${reader.name} reads ${table} column "${column}", which no loaded plugin writes`, {
        hint: suggestion(column, written),
      });
    }
    return { before: writer.name, after: reader.name, because: `${reader.name} reads ${table}.${column}` };
  });
}

function rewriteReasons(plugins: readonly LoadedPlugin[], table: PluginTable): OrderReason[] {
  const writers = new Map<string, LoadedPlugin[]>();
  for (const plugin of plugins) {
    for (const column of plugin.definition.rewrites?.[table] ?? []) {
      writers.set(column, [...(writers.get(column) ?? []), plugin]);
    }
  }
  return [...writers].flatMap(([column, several]) => {
    const ranked = [...several].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
    return ranked.slice(1).map((plugin, index) => {
      const previous = ranked[index] ?? plugin;
      if (plugin.rank === undefined || previous.rank === undefined || plugin.rank === previous.rank) {
        throw conflict(`${previous.name} and ${plugin.name} both rewrite ${table}.${column}`, {
          hint: 'Give each a different rank in the config: the lower one runs first.',
        });
      }
      const because = `both rewrite ${table}.${column}, ranks ${previous.rank} and ${plugin.rank}`;
      return { before: previous.name, after: plugin.name, because };
    });
  });
}

function requireReasons(plugins: readonly LoadedPlugin[], plugin: LoadedPlugin): OrderReason[] {
  return (plugin.definition.requires ?? []).flatMap((wanted) => {
    const name = wanted.replace(/\?$/, '');
    if (plugins.some((other) => other.name === name)) {
      return [{ before: name, after: plugin.name, because: `${plugin.name} requires ${name}` }];
    }
    if (wanted.endsWith('?')) return [];
    throw conflict(`${plugin.name} requires ${name}, which is not loaded`, { hint: `Add ${name} to plugins.` });
  });
}

const TIER = { pre: 0, none: 1, post: 2 } as const;

/**
 * The plugins that a host would run, in their order.
 *
 * @throws PluginError `DATAVIS_PLUGIN_CONFLICT`, `DATAVIS_PLUGIN_CYCLE`
 */
export function arrangePlugins(
  plugins: readonly LoadedPlugin[],
  note: (message: string) => void = () => undefined,
): PluginOrder {
  return orderPlugins(withoutDuplicates(plugins, note));
}

/** Config order, changed only where the declared data flow asks for it; each such reason is kept for `explain`. */
export function orderPlugins(plugins: readonly LoadedPlugin[]): PluginOrder {
  const reasons = [
    ...PLUGIN_TABLES.flatMap((table) => [
      ...plugins.flatMap((plugin) => writerReasons(plugins, plugin, table)),
      ...rewriteReasons(plugins, table),
    ]),
    ...plugins.flatMap((plugin) => requireReasons(plugins, plugin)),
  ].filter(({ before, after }) => before !== after);
  const waiting = [...plugins].sort(
    (a, b) => TIER[a.definition.order ?? 'none'] - TIER[b.definition.order ?? 'none'],
  );
  const sorted: LoadedPlugin[] = [];
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name));
    const next = waiting.findIndex(({ name }) => !reasons.some((r) => r.after === name && names.has(r.before)));
    if (next < 0) throw cycle(reasons, names);
    sorted.push(...waiting.splice(next, 1));
  }
  return { plugins: sorted, reasons };
}

function cycle(reasons: readonly OrderReason[], names: ReadonlySet<string>): PluginError {
  const chain: OrderReason[] = [];
  let [current] = names;
  while (current !== undefined && !chain.some((reason) => reason.after === current)) {
    const reason = reasons.find((one) => one.after === current && names.has(one.before));
    if (reason === undefined) break;
    chain.push(reason);
    current = reason.before;
  }
  const start = chain.findIndex((reason) => reason.after === current);
  const because = chain.slice(start).map((reason) => reason.because);
  return new PluginError('DATAVIS_PLUGIN_CYCLE', `plugins wait for each other: ${because.join('; ')}`, {
    hint: 'Remove one of these reads or requires.',
  });
}
