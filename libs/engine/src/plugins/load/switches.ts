import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

/**
 * Switches a plugin on: takes it off the disabled list; one that nothing lists is added.
 *
 * @param names - All by which it may have been switched off, the one to write down first.
 * @returns Puts back what was written before.
 */
export function enablePlugin(file: string, names: readonly string[], isListed: boolean): () => void {
  const before = existsSync(file) ? readSwitches(file) : undefined;
  const { enabled = [], disabled = [] } = before ?? {};
  writeSwitches(file, {
    enabled: isListed ? enabled : [...enabled, ...names.slice(0, 1)],
    disabled: disabled.filter((one) => !names.includes(one)),
  });
  return () => {
    if (before === undefined) rmSync(file, { force: true });
    else writeSwitches(file, before);
  };
}

export function disablePlugin(file: string, name: string): void {
  const { enabled, disabled } = readSwitches(file);
  writeSwitches(file, {
    enabled: enabled.filter((one) => one !== name),
    disabled: [...disabled.filter((one) => one !== name), name],
  });
}
