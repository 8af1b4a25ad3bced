import { runOperation } from '@datavis/engine';
import { openSession } from '../composition.js';
import { assertDatabase } from '../database.js';
import { CliError } from '../errors.js';
import { interruptible } from '../interrupt.js';
import type { Terminal } from '../terminal/terminal.js';
import { parsePairs, type PluginOptions } from './options.js';

/** Runs an operation of a plugin; its result is JSON on stdout. */
export async function runPluginOperation(
  [namespace, name, pairs]: readonly [string, string, readonly string[]],
  options: PluginOptions & { readonly db: string },
  terminal: Terminal,
): Promise<void> {
  assertDatabase(options.db);
  const note = (message: string): void => {
    terminal.note(message);
  };
  const session = await openSession(options.db, { plugins: { options, note } });
  try {
    const host = session.plugins;
    if (host === undefined) throw new CliError('DATAVIS_CLI_NOT_FOUND', 'No plugin is loaded');
    const result = await interruptible(
      terminal,
      { stopping: 'Stopping …', stopped: 'Stopped before its end.' },
      (signal) => runOperation(host, namespace, name, parsePairs(pairs), { signal }),
    );
    await terminal.out(JSON.stringify(result, null, 2));
  } finally {
    await session.close();
  }
}
