import { DataVisError } from '@datavis/plugin-sdk';

/** Codes of the command line itself; those of the libraries pass through. */
export type CliErrorCode =
  | 'DATAVIS_CLI_USAGE'
  | 'DATAVIS_CLI_NOT_FOUND'
  | 'DATAVIS_CLI_FAILED'
  | 'DATAVIS_CLI_SERVER'
  | 'DATAVIS_CLI_OUTPUT'
  | 'DATAVIS_CLI_MEMORY';

/** An error that the command line itself finds. */
export class CliError extends DataVisError<CliErrorCode> {
  override readonly name = 'CliError';
}

export function usage(message: string, hint?: string): CliError {
  return new CliError('DATAVIS_CLI_USAGE', message, hint === undefined ? {} : { hint });
}

/** A whole number of an option. */
export function wholeNumber(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least) throw usage(`--${option} ${text}: not a whole number from ${least}`);
  return value;
}
