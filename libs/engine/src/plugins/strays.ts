import type { PluginHost } from './host.js';

/** The part of `process` that tells of errors which nobody has caught. */
export interface UncaughtErrors {
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
  off(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
}

/**
 * Keeps a program alive that a plugin would end: an error in a timer of it, or in a promise that it has forgotten, reaches
 * no call of the host. Such errors are the plugin's failures, and its policy decides; all others go to `otherwise`, which
 * has to end the process, as Node would have.
 *
 * @returns Ends it.
 */
export function catchStrays(
  host: Pick<PluginHost, 'takeStray'>,
  errors: UncaughtErrors,
  otherwise: (error: unknown) => void,
): () => void {
  const listener = (error: unknown): void => {
    if (!host.takeStray(error)) otherwise(error);
  };
  errors.on('uncaughtException', listener);
  return () => {
    errors.off('uncaughtException', listener);
  };
}
