import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert/strict';
import { createPluginHost, PluginError } from '@datavis/engine';
import {
  definePlugin,
  isPlugin,
  type Brand,
  type Plugin,
  type PluginDefinition,
  type PluginEntry,
} from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { createTestHost } from '../test-host.js';
import type { CheckSpec } from './check.js';
import { newHandles, openHandles } from './handles.js';
import { Replay } from './replay.js';

function brandedOf(plugin: PluginEntry): Plugin {
  if (isPlugin(plugin)) return plugin;
  const prototype = (plugin as { prototype?: unknown } | undefined)?.prototype;
  ok(typeof plugin === 'function' && isPlugin(prototype), 'it is no plugin: use definePlugin or extend BasePlugin');
  return new plugin();
}

type Marked = Plugin & { readonly '~definition'?: PluginDefinition; readonly '~options'?: unknown };

/** What the SDK would write into the brand of this plugin. */
function featuresInUse(plugin: PluginEntry): readonly string[] {
  const original: Marked = brandedOf(plugin);
  return definePlugin(original['~definition'] ?? original)['~datavis'].features;
}

/** The plugin with another brand, as another version of the SDK would have made it. */
function rebranded(plugin: PluginEntry, brand: Partial<Brand>): Plugin {
  const original = brandedOf(plugin);
  const marks: Marked = original;
  return {
    name: original.name,
    '~datavis': { ...original['~datavis'], ...brand },
    '~definition': marks['~definition'] ?? original,
    '~options': marks['~options'],
  } as unknown as Plugin;
}

/** The error that a host gives for options. */
async function refusalOf(plugin: PluginEntry, options: unknown): Promise<PluginError> {
  let refusal: unknown;
  const opening = Replay.open([plugin, { options }] as unknown as PluginEntry).then((replay) => replay.close());
  await rejects(opening, (error) => {
    refusal = error;
    return error instanceof PluginError && error.code === 'DATAVIS_PLUGIN_CONFIG';
  });
  return refusal as PluginError;
}

/** What hardly any option takes. */
const NO_OPTION: readonly unknown[] = [{ no: 'option' }, [[]], 'no option', -1.5, null];

/** Options with one that is wrong, by its name. */
async function wrongOptions(entry: PluginEntry): Promise<(readonly [name: string, options: object])[]> {
  const replay = await Replay.open(entry);
  await replay.close();
  const [plugin] = replay.host.order.plugins;
  const { config: valid, definition } = plugin as NonNullable<typeof plugin>;
  if (typeof valid !== 'object' || valid === null) return [];
  const wrong: (readonly [string, object])[] = [];
  for (const name of Object.keys(valid)) {
    for (const value of NO_OPTION) {
      const options = { ...valid, [name]: value };
      const result = await definition.config?.['~standard'].validate(options);
      if (result?.issues === undefined) continue;
      wrong.push([name, options]);
      break;
    }
  }
  return wrong;
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
    async run(subject) {
      const { plugin, options, note } = subject;
      const definition = rebranded(plugin, {}) as Plugin & { '~definition': { config?: unknown } };
      if (definition['~definition'].config === undefined) {
        note('it has no options');
        return;
      }
      if (options.options === undefined) await (await Replay.open(plugin)).close();
      await refusalOf(plugin, 'badOptions' in options ? options.badOptions : 42);
      for (const [name, wrong] of await wrongOptions(subject.entry)) {
        const { message } = await refusalOf(plugin, wrong);
        ok(message.includes(name), `the refusal of option "${name}" does not say its path: ${message}`);
      }
    },
  },
  {
    name: 'setup-and-dispose',
    title: 'set up and closed twice, it leaves no timer, socket or watcher',
    async run({ entry }) {
      const before = openHandles();
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
    name: 'refusal',
    title: 'its brand names all it uses, so that a host that cannot run it says so before anything of it runs',
    async run({ plugin }) {
      const { features } = brandedOf(plugin)['~datavis'];
      const unnamed = featuresInUse(plugin).filter((feature) => !features.includes(feature));
      deepStrictEqual(unnamed, [], 'used, but not named in the brand: make it with definePlugin or BasePlugin');
      for (const brand of [{ api: 99 }, { features: [...features, 'onSomethingLater'] }]) {
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
