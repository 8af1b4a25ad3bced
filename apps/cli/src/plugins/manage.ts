import { arrangePlugins } from '@datavis/engine';
import type { LoadedPlugin, PluginError } from '@datavis/engine';
import { CliError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { isCalled, load } from './load.js';
import type { PluginOptions } from './options.js';

const NONE = 'No plugins. List them in datavis.config.mjs, or use --plugin.';

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
  const { plugins: ordered } = arrangePlugins(plugins);
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
  if (ordered.length + disabled.length === 0) terminal.note(NONE);
}

export async function showPlugin(name: string, options: PluginOptions, terminal: Terminal): Promise<void> {
  const { plugins } = await load(options);
  const plugin = plugins.find((one) => isCalled(one, name));
  if (plugin === undefined) {
    const names = plugins.map((one) => one.name);
    throw new CliError('DATAVIS_CLI_NOT_FOUND', `No plugin "${name}" is loaded`, {
      hint: names.length === 0 ? NONE : `There are: ${names.join(', ')}.`,
    });
  }
  await terminal.out(JSON.stringify({ ...describe(plugin), config: plugin.config }, null, 2));
}

/** The order and why, before anything runs. */
export async function explainPlugins(
  options: PluginOptions & { json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { plugins, reasons } = arrangePlugins((await load(options)).plugins);
  const steps = plugins.map((plugin) => ({
    plugin: plugin.name,
    contributes: contributionsOf(plugin),
    ...dataOf(plugin),
    after: reasons.filter(({ after }) => after === plugin.name).map(({ before, because }) => ({ before, because })),
  }));
  if (options.json === true) {
    await terminal.out(JSON.stringify(steps));
    return;
  }
  for (const [index, { plugin, contributes, reads, rewrites, after }] of steps.entries()) {
    await terminal.out(`${index + 1}. ${plugin}: ${contributes.join('; ') || 'no contributions'}`);
    if (reads.length > 0) await terminal.out(`   reads ${reads.join(', ')}`);
    if (rewrites.length > 0) await terminal.out(`   rewrites ${rewrites.join(', ')}`);
    for (const { before, because } of after) await terminal.out(`   after ${before}: ${because}`);
  }
  if (steps.length === 0) terminal.note(NONE);
}

/** Columns of others that a plugin declares to use. */
function dataOf({ definition }: LoadedPlugin): { reads: string[]; rewrites: string[] } {
  const named = (tables: Readonly<Record<string, readonly string[]>> = {}): string[] =>
    Object.entries(tables).flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`));
  return { reads: named(definition.reads), rewrites: named(definition.rewrites) };
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** What cannot be loaded, each with its own error, and what the plugins that can have against each other. */
export async function examinePlugins(
  options: PluginOptions & { json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { plugins, failures, disabled, configFile } = await load(options, { keepGoing: true });
  const notes = plugins.flatMap(({ warnings }) => warnings);
  const problems: Problem[] = failures.map(problemOf);
  try {
    arrangePlugins(plugins, (note) => notes.push(note));
  } catch (error) {
    problems.push(problemOf(error as PluginError));
  }
  if (options.json === true) {
    const loaded = plugins.map(({ name }) => name);
    await terminal.out(JSON.stringify({ configFile, loaded, disabled, notes, problems }));
  } else {
    await terminal.out(`config: ${configFile ?? `none (looked from ${process.cwd()} upward)`}`);
    for (const { name, version } of plugins) await terminal.out(`ok    ${name} ${version}`);
    for (const name of disabled) await terminal.out(`off   ${name}`);
    for (const note of notes) await terminal.out(`note  ${note}`);
    for (const { code, message, hint } of problems)
      await terminal.out(`FAIL  ${code}: ${message}${hint ? ` → ${hint}` : ''}`);
  }
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    throw new CliError('DATAVIS_CLI_FAILED', `${count} with plugins`);
  }
}

function problemOf({ code, message, hint }: PluginError): Problem {
  return { code, message, hint };
}
