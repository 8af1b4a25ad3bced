import { findConfig } from '@datavis/engine';

const NAME = /^[a-z][a-z0-9_]*$/;
const OPERATION = /^[A-Za-z][\w-]*$/;

/**
 * `datavis <namespace> <operation> …` as `datavis plugins run <namespace> <operation> …`. Names of commands come first,
 * and where no plugin can be meant (no config, no --plugin) the words stay as they are: an unknown command is said so.
 */
export function asOperation(argv: readonly string[], commands: readonly string[]): readonly string[] {
  const [namespace = '', operation = ''] = argv;
  if (commands.includes(namespace) || namespace === 'help') return argv;
  if (!NAME.test(namespace) || !OPERATION.test(operation)) return argv;
  const named = argv.some((word) => /^--(?:plugin|config)(?:=|$)/.test(word));
  return named || findConfig({ cwd: process.cwd() }) !== undefined ? ['plugins', 'run', ...argv] : argv;
}
