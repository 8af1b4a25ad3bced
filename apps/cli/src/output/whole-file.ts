import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CliError } from '../errors.js';

/**
 * Has a file made that appears under its name when it is whole: `fill` gets the path of one beside it. What is not
 * finished is removed, and what had the name before stays. That the file can be made is tried before the work begins.
 *
 * @throws `DATAVIS_CLI_OUTPUT` where it cannot be written.
 */
export async function wholeFile<T>(path: string, fill: (unfinished: string) => Promise<T>): Promise<T> {
  const kind = await stat(path).catch(() => undefined);
  if (kind?.isDirectory() === true) throw cannotWrite(path, 'it is a folder', 'Name a file in it.');
  // A device or pipe is written to as it is: to put a file in its place would remove it.
  const direct = kind !== undefined && !kind.isFile();
  const unfinished = direct ? path : `${path}.part`;
  try {
    await (await open(unfinished, 'w')).close();
    const result = await fill(unfinished);
    if (!direct) await rename(unfinished, path);
    return result;
  } catch (error) {
    if (!direct) await rm(unfinished, { force: true }).catch(() => undefined);
    throw asOutputError(path, error);
  }
}

/** Tries whether a file of that name can be made, where another program part makes it. @throws `DATAVIS_CLI_OUTPUT` */
export async function assertWritable(path: string): Promise<void> {
  const probe = `${path}.part`;
  try {
    await (await open(probe, 'w')).close();
    await rm(probe, { force: true });
  } catch (error) {
    throw asOutputError(path, error);
  }
}

/** What the system says about writing, as an error of ours; all else as it is. */
export function asOutputError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error;
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return cannotWrite(path, `there is no folder ${dirname(resolve(path))}`, 'Make it, or name another.', error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return cannotWrite(path, 'no permission', 'Name a place that this user may write to.', error);
    case 'ENOSPC':
    case 'EDQUOT':
      return cannotWrite(path, 'the disk is full', 'Make room, or name another disk.', error);
    default:
      return cannotWrite(path, error.message, 'Name another file.', error);
  }
}

export function cannotWrite(path: string, why: string, hint: string, cause?: unknown): CliError {
  return new CliError('DATAVIS_CLI_OUTPUT', `${path} cannot be written: ${why}`, { hint, cause });
}
