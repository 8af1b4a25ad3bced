import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, PluginError } from '../errors.js';

/** What `plugins enable` and `plugins disable` keep, beside the config: a config in TypeScript cannot be edited. */
export interface PluginSwitches {
  /** Loaded after those of the config. */
  readonly enabled: readonly string[];
  /** Not loaded though listed. */
  readonly disabled: readonly string[];
}

export function switchesBeside(configFile: string): string {
  return join(dirname(configFile), 'datavis.plugins.json');
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

export function readSwitches(file: string): PluginSwitches {
  if (!existsSync(file)) return { enabled: [], disabled: [] };
  try {
    const { enabled, disabled } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return { enabled: names(enabled), disabled: names(disabled) };
  } catch (error) {
    throw new PluginError('DATAVIS_PLUGIN_CONFIG', `${file}: ${messageOf(error)}`, { cause: error });
  }
}

function writeSwitches(file: string, switches: PluginSwitches): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(switches, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Switches a plugin on: takes it off the disabled list; one that the config does not list is added. */
export function enablePlugin(file: string, name: string, isListed: boolean): PluginSwitches {
  const { enabled, disabled } = readSwitches(file);
  const others = enabled.filter((one) => one !== name);
  const next = {
    enabled: isListed ? others : [...others, name],
    disabled: disabled.filter((one) => one !== name),
  };
  writeSwitches(file, next);
  return next;
}

export function disablePlugin(file: string, name: string): PluginSwitches {
  const { enabled, disabled } = readSwitches(file);
  const next = {
    enabled: enabled.filter((one) => one !== name),
    disabled: [...disabled.filter((one) => one !== name), name],
  };
  writeSwitches(file, next);
  return next;
}
