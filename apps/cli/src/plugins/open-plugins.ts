import { catchStrays, openPluginHost } from '@datavis/engine';
import type { OpenPluginHostDeps, PluginHost } from '@datavis/engine';
import type { Logger } from '@datavis/plugin-sdk';
import { EXIT } from '../exit-codes.js';
import { failRunning } from '../interrupt.js';
import { describeError } from '../terminal/describe-error.js';
import { packageVersion } from '../version.js';
import { parseSettings, type PluginOptions } from './options.js';

export interface OpenPluginsRequest {
  readonly options: PluginOptions;
  /** What is imported, by path or URI: no config inside it is run. */
  readonly datasetFolders?: readonly string[];
  readonly note: (message: string) => void;
}

/** The host of the plugins that the config and the options name; undefined for `--no-plugins` and where there are none. */
export async function openPlugins(
  parts: Pick<OpenPluginHostDeps, 'database' | 'stores' | 'thread'>,
  { options, datasetFolders = [], note }: OpenPluginsRequest,
): Promise<PluginHost | undefined> {
  if (!options.plugins) return undefined;
  const log: Logger = { debug() {}, info: note, warn: note, error: note };
  const host = await openPluginHost(
    {
      cwd: process.cwd(),
      configFile: options.config,
      plugins: options.plugin ?? [],
      set: parseSettings(options.set),
      datasetFolders,
    },
    { ...parts, hostVersion: packageVersion(), log },
  );
  return host.order.plugins.length === 0 ? undefined : host;
}

/** What plugins throw where no call awaits it fails the import, by their policy; all else fails whatever is under way. */
export function catchTheirErrors(host: PluginHost): () => void {
  return catchStrays(host, process, (error) => {
    if (failRunning(error)) return;
    process.stderr.write(`${describeError(error, false)}\n`);
    process.exit(EXIT.failed);
  });
}
