import { existsSync } from 'node:fs';
import { CliError } from '../errors.js';

/** Whether a source is a path of this machine, as it stands: no URI, no glob. */
export function isPlainPath(source: string): boolean {
  return !/^[a-z][a-z0-9+.-]+:/i.test(source) && !/[*?[\]{}]/.test(source);
}

/** A path that is not there is told before anything is opened. @throws `DATAVIS_CLI_NOT_FOUND` */
export function assertSources(sources: readonly string[]): void {
  const missing = sources.find((source) => isPlainPath(source) && !existsSync(source));
  if (missing === undefined) return;
  throw new CliError('DATAVIS_CLI_NOT_FOUND', `There is no file or folder ${missing}`, {
    hint: `Check the path; relative ones begin in ${process.cwd()}`,
  });
}
