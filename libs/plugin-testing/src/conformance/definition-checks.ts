import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert/strict';
import { createPluginHost, PluginError } from '@datavis/engine';
import { isPlugin, type Brand, type Plugin, type PluginEntry } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { createTestHost } from '../test-host.js';
import type { CheckSpec } from './check.js';
import { digestOf, Replay } from './replay.js';

function brandedOf(plugin: PluginEntry): Plugin {
  if (isPlugin(plugin)) return plugin;
  const prototype = (plugin as { prototype?: unknown } | undefined)?.prototype;
  ok(typeof plugin === 'function' && isPlugin(prototype), 'it is no plugin: use definePlugin or extend BasePlugin');
  return new plugin();
}

/** The plugin with another brand, as another version of the SDK would have made it. */
function rebranded(plugin: PluginEntry, brand: Partial<Brand>): Plugin {
  const original = brandedOf(plugin);
  const marks = original as Plugin & { '~definition'?: unknown; '~options'?: unknown };
  return {
    name: original.name,
    '~datavis': { ...original['~datavis'], ...brand },
    '~definition': marks['~definition'] ?? original,
    '~options': marks['~options'],
  } as unknown as Plugin;
}

/** What keeps the process alive, by kind. */
function handles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (/Timeout|TCP|Server|FSEvent|StatWatcher|Process|Worker|MessagePort/.test(name)) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return counts;
}

/** Handles that were not there before. Those that are about to end get a second for it. */
async function newHandles(before: ReadonlyMap<string, number>): Promise<string[]> {
  const untilMs = performance.now() + 1000;
  for (;;) {
    const left = [...handles()].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name);
    if (left.length === 0 || performance.now() > untilMs) return left;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function schemasOf(entry: PluginEntry, times: number): Promise<readonly unknown[]> {
  const host = await createTestHost({ plugins: [entry] });
  try {
    const [plugin] = host.host.order.plugins;
    await host.host.ready();
    const [status] = host.host.statuses();
    if (status?.error !== undefined) throw status.error;
    for (let time = 1; time < times; time++) {
      const stores = createObjectStoreResolver({ schemes: {} });
      const again = await createPluginHost([entry], { database: host.database, stores, hostVersion: '0.1.0' });
      await again.ready();
      const [state] = again.statuses();
      if (state?.error !== undefined) throw state.error;
      await again.close();
    }
    const tables = await host.sql(
      'SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = $1 ORDER BY ALL',
      [`plg_${plugin?.namespace ?? ''}`],
    );
    await host.sql(`DROP SCHEMA IF EXISTS plg_${plugin?.namespace ?? ''} CASCADE`);
    const rest = await host.sql(
      "SELECT table_name FROM information_schema.tables WHERE starts_with(table_schema, 'plg_')",
    );
    deepStrictEqual(rest, [], 'something is left after the plugin was removed');
    return tables;
  } finally {
    await host.close();
  }
}

/** Checks of what a plugin says about itself. */
export const definitionChecks: readonly CheckSpec[] = [
  {
    name: 'branded',
    title: 'it is a plugin, by its brand',
    async run({ plugin }) {
      strictEqual(brandedOf(plugin)['~datavis'].kind, 'plugin');
    },
  },
  {
    name: 'named',
    title: 'name, namespace and version are valid',
    async run({ entry }) {
      const replay = await Replay.open(entry);
      try {
        const [plugin] = replay.host.order.plugins;
        match(
          plugin?.name ?? '',
          /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/,
          'the name is no npm name',
        );
        match(plugin?.version ?? '', /^\d+\.\d+\.\d+/, 'the version is no semantic version');
        match(plugin?.namespace ?? '', /^[a-z][a-z0-9_]*$/);
      } finally {
        await replay.close();
      }
    },
  },
  {
    name: 'supported',
    title: 'this host has all it uses',
    async run({ entry }) {
      await (await Replay.open(entry)).close();
    },
  },
  {
    name: 'config',
    title: 'defaults are valid, bad options are refused with the place',
    async run({ plugin, options, note }) {
      const definition = rebranded(plugin, {}) as Plugin & { '~definition': { config?: unknown } };
      if (definition['~definition'].config === undefined) {
        note('it has no options');
        return;
      }
      if (options.options === undefined) await (await Replay.open(plugin)).close();
      const bad = [
        plugin,
        { options: 'badOptions' in options ? options.badOptions : 42 },
      ] as unknown as PluginEntry;
      await rejects(
        Replay.open(bad),
        (error) => error instanceof PluginError && error.code === 'DATAVIS_PLUGIN_CONFIG',
      );
    },
  },
  {
    name: 'setup-and-dispose',
    title: 'set up and closed twice, it leaves no timer, socket or watcher',
    async run({ entry }) {
      const before = handles();
      for (let time = 0; time < 2; time++) {
        const replay = await Replay.open(entry);
        try {
          await replay.host.ready();
          const [status] = replay.host.statuses();
          if (status?.error !== undefined) throw status.error;
        } finally {
          await replay.close();
        }
      }
      deepStrictEqual(await newHandles(before), [], 'return a disposer from setup that undoes what setup did');
    },
  },
  {
    name: 'second-sdk-copy',
    title: 'made with another copy and version of the SDK it does the same',
    async run({ plugin, entry, fixture, options }) {
      const copy = rebranded(plugin, { sdk: '9.9.9' });
      const other =
        options.options === undefined ? copy : ([copy, { options: options.options }] as unknown as PluginEntry);
      strictEqual(await digestOf(other, fixture), await digestOf(entry, fixture));
    },
  },
  {
    name: 'refusal',
    title: 'a host that cannot run it says so before anything of it runs',
    async run({ plugin }) {
      for (const brand of [{ api: 99 }, { features: ['panels'] }]) {
        const database = await openDuckDb(':memory:', { threads: 1 });
        const stores = createObjectStoreResolver({ schemes: {} });
        try {
          await rejects(
            createPluginHost([rebranded(plugin, brand)], { database, stores, hostVersion: '0.1.0' }),
            (error) => error instanceof PluginError && error.code === 'DATAVIS_PLUGIN_UNSUPPORTED',
          );
        } finally {
          await database.close();
        }
      }
    },
  },
  {
    name: 'migrations',
    title: 'migrations run once, and nothing is left when it is removed',
    async run({ entry }) {
      deepStrictEqual(await schemasOf(entry, 3), await schemasOf(entry, 1));
    },
  },
];
