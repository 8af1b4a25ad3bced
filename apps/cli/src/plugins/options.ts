import type { Command } from 'commander';
import { usage } from '../errors.js';

/** Which plugins a command uses. */
export interface PluginOptions {
  readonly plugin?: readonly string[];
  readonly set?: readonly string[];
  readonly config?: string;
  readonly plugins: boolean;
}

/** Values of an option that may be given more than once. */
export const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function withPlugins(command: Command): Command {
  return command
    .option('--plugin <name|path>', 'use this plugin too (repeatable)', gather)
    .option('--set <namespace.key=value>', 'an option of a plugin (repeatable)', gather)
    .option('--config <file>', 'this config file instead of the nearest datavis.config.*')
    .option('--no-plugins', 'use no plugin at all');
}

/** A value as JSON where it is some, else as the text it is. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** `key=value` pairs as an object. */
export function parsePairs(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw usage(`"${pair}" is no key=value`);
      return [pair.slice(0, at), valueOf(pair.slice(at + 1))];
    }),
  );
}

/** `namespace.key=value` as options by namespace. */
export function parseSettings(settings: readonly string[] = []): Record<string, Record<string, unknown>> {
  const byNamespace: Record<string, Record<string, unknown>> = {};
  for (const [path, value] of Object.entries(parsePairs(settings))) {
    const [namespace = '', key = ''] = path.split('.');
    if (key === '') throw usage(`--set ${path}: say namespace.key=value`);
    byNamespace[namespace] = { ...byNamespace[namespace], [key]: value };
  }
  return byNamespace;
}
