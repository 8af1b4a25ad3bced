import { dirname, join } from 'node:path';
import {
  disablePlugin,
  enablePlugin,
  findConfig,
  loadPlugins,
  orderPlugins,
  switchesBeside,
} from '@datavis/engine';
import type { LoadedPlugin, LoadedPlugins } from '@datavis/engine';
import { CliError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { parseSettings, type PluginOptions } from './options.js';

async function load(options: PluginOptions, keepGoing = false): Promise<LoadedPlugins> {
  const { plugin = [], set, config } = options;
  const request = { cwd: process.cwd(), configFile: config, plugins: plugin, set: parseSettings(set) };
  return loadPlugins(request, keepGoing);
}

function contributionsOf({ definition }: LoadedPlugin): string[] {
  const columns = Object.entries(definition.columns ?? {}).flatMap(([table, set]) =>
    Object.keys(set).map((name) => `${table}.${name}`),
  );
  return [
    ...(columns.length > 0 ? [`columns ${columns.join(', ')}`] : []),
    ...(definition.importers ?? []).map(({ format }) => `format ${format}`),
    ...(definition.storage ?? []).map(({ scheme }) => `scheme ${scheme}://`),
    ...Object.keys(definition.operations ?? {}).map((name) => `operation ${name}`),
  ];
}

function describe(plugin: LoadedPlugin): Readonly<Record<string, unknown>> {
  const { name, namespace, version, origin, policy, features, definition } = plugin;
  const { description, capabilities = [] } = definition;
  return {
    name,
    namespace,
    version,
    description,
    origin,
    policy,
    features,
    capabilities,
    contributes: contributionsOf(plugin),
  };
}

/** Plugins in the order they run in. */
export async function listPlugins(options: PluginOptions & { json?: boolean }, terminal: Terminal): Promise<void> {
  const { plugins, disabled } = await load(options);
  const { plugins: ordered } = orderPlugins(plugins);
  if (options.json === true) {
    await terminal.out(JSON.stringify({ plugins: ordered.map(describe), disabled }));
    return;
  }
  for (const plugin of ordered) {
    await terminal.out(
      `${plugin.name} ${plugin.version}: ${contributionsOf(plugin).join('; ') || 'no contributions'}`,
    );
  }
  for (const name of disabled) await terminal.out(`${name}: disabled`);
  if (ordered.length + disabled.length === 0)
    terminal.note('No plugins. List them in datavis.config.mjs, or use --plugin.');
}

export async function showPlugin(name: string, options: PluginOptions, terminal: Terminal): Promise<void> {
  const { plugins } = await load(options);
  const plugin = plugins.find((one) => one.name === name || one.namespace === name);
  if (plugin === undefined) throw new CliError('DATAVIS_CLI_NOT_FOUND', `No plugin "${name}" is loaded`);
  await terminal.out(JSON.stringify({ ...describe(plugin), config: plugin.config }, null, 2));
}

/** The order and why, before anything runs. */
export async function explainPlugins(options: PluginOptions, terminal: Terminal): Promise<void> {
  const { plugins, reasons } = orderPlugins((await load(options)).plugins);
  for (const [index, plugin] of plugins.entries()) {
    await terminal.out(`${index + 1}. ${plugin.name}: ${contributionsOf(plugin).join('; ')}`);
    for (const { before, because } of reasons.filter(({ after }) => after === plugin.name)) {
      await terminal.out(`   after ${before}: ${because}`);
    }
  }
}

export async function switchPlugin(
  name: string,
  on: boolean,
  options: PluginOptions,
  terminal: Terminal,
): Promise<void> {
  const config = options.config ?? findConfig({ cwd: process.cwd() }) ?? join(process.cwd(), 'datavis.config.json');
  const file = switchesBeside(config);
  if (!on) {
    disablePlugin(file, name);
    await terminal.out(`${name} is off (${file})`);
    return;
  }
  const { plugins, disabled } = await load({ ...options, plugins: true }, true);
  const isListed = disabled.includes(name) || plugins.some((one) => one.name === name || one.namespace === name);
  enablePlugin(file, name, isListed);
  try {
    const { plugins: now } = await load(options);
    const plugin = now.find((one) => [one.name, one.namespace].includes(name)) ?? now.at(-1);
    const capabilities = plugin?.definition.capabilities ?? [];
    await terminal.out(`${name} is on (${file}); it declares: ${capabilities.join(', ') || 'computing only'}`);
  } catch (error) {
    disablePlugin(file, name);
    throw error;
  }
}

/** What cannot be loaded, each with its own error, and what the order has against the rest. */
export async function examinePlugins(
  options: PluginOptions & { json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { plugins, failures, configFile } = await load(options, true);
  const problems: { code: string; message: string; hint: string | undefined }[] = [];
  for (const { code, message, hint } of failures) problems.push({ code, message, hint });
  try {
    orderPlugins(plugins);
  } catch (error) {
    const { code, message, hint } = error as CliError;
    problems.push({ code, message, hint });
  }
  if (options.json === true)
    await terminal.out(JSON.stringify({ configFile, loaded: plugins.map(({ name }) => name), problems }));
  else {
    await terminal.out(`config: ${configFile ?? `none (looked from ${dirname(join(process.cwd(), 'x'))} upward)`}`);
    for (const { name, version } of plugins) await terminal.out(`ok    ${name} ${version}`);
    for (const { code, message, hint } of problems)
      await terminal.out(`FAIL  ${code}: ${message}${hint ? ` → ${hint}` : ''}`);
  }
  if (problems.length > 0) throw new CliError('DATAVIS_CLI_FAILED', `${problems.length} problems with plugins`);
}
