import { DataVisError } from '@datavis/plugin-sdk';

/** Codes of the command line itself; those of the libraries pass through. */
export type CliErrorCode = 'DATAVIS_CLI_USAGE' | 'DATAVIS_CLI_NOT_FOUND' | 'DATAVIS_CLI_FAILED';

/** An error that the command line itself finds. */
export class CliError extends DataVisError<CliErrorCode> {
  override readonly name = 'CliError';
}

export function usage(message: string, hint?: string): CliError {
  return new CliError('DATAVIS_CLI_USAGE', message, hint === undefined ? {} : { hint });
}
