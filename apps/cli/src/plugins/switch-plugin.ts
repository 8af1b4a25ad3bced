import { join } from 'node:path';
import { arrangePlugins, disablePlugin, enablePlugin, findConfig, switchesBeside } from '@datavis/engine';
import type { LoadedPlugins } from '@datavis/engine';
import { CliError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { isCalled, load } from './load.js';
import type { PluginOptions } from './options.js';

type SwitchOptions = PluginOptions & { readonly json?: boolean };

function switchesOf(options: PluginOptions): string {
  const config = options.config ?? findConfig({ cwd: process.cwd() }) ?? join(process.cwd(), 'datavis.config.json');
  return switchesBeside(config);
}

/** All that the config names, whatever state it is in. */
function loadAll(options: PluginOptions): Promise<LoadedPlugins> {
  return load(options, { withDisabled: true, keepGoing: true });
}

export async function report(
  { name, on, file }: { readonly name: string; readonly on: boolean; readonly file: string },
  { json }: SwitchOptions,
  terminal: Terminal,
  more = '',
): Promise<void> {
  if (json === true) await terminal.out(JSON.stringify({ plugin: name, enabled: on, file }));
  else await terminal.out(`${name} is ${on ? 'on' : 'off'} (${file})${more}`);
}

/**
 * Switches a plugin off; resolves to the file that says so.
 *
 * @throws CliError where nothing of that name is listed: a slip of the pen would switch nothing off.
 */
export async function turnOff(name: string, options: PluginOptions): Promise<string> {
  const file = switchesOf(options);
  const { plugins, specifiers } = await loadAll(options);
  if (!plugins.some((one) => isCalled(one, name)) && !specifiers.includes(name)) {
    const names = [...new Set([...plugins.map((one) => one.name), ...specifiers])];
    throw new CliError('DATAVIS_CLI_NOT_FOUND', `No plugin "${name}" is listed`, {
      hint: names.length === 0 ? 'The config lists none.' : `There are: ${names.join(', ')}.`,
    });
  }
  disablePlugin(file, name);
  return file;
}

export async function switchOff(name: string, options: SwitchOptions, terminal: Terminal): Promise<void> {
  const file = await turnOff(name, options);
  await report({ name, on: false, file }, options, terminal);
}

/** Switches a plugin on. One that cannot run leaves all as it was. */
export async function switchOn(name: string, options: SwitchOptions, terminal: Terminal): Promise<void> {
  const file = switchesOf(options);
  const { plugins: all, specifiers } = await loadAll(options);
  const listed = all.find((one) => isCalled(one, name));
  const names = listed === undefined ? [name] : [name, listed.name, listed.namespace];
  const putBack = enablePlugin(file, names, listed !== undefined || specifiers.includes(name));
  try {
    const { plugins } = await load(options);
    arrangePlugins(plugins);
    const plugin = plugins.find((one) => isCalled(one, name)) ?? plugins.at(-1);
    const { capabilities = [] } = plugin?.definition ?? {};
    const declares = `; it declares: ${capabilities.join(', ') || 'computing only'}`;
    await report({ name, on: true, file }, options, terminal, declares);
  } catch (error) {
    putBack();
    throw error;
  }
}
