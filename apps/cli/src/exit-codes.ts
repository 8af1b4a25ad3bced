import { isAbortError, isDataVisError } from '@datavis/plugin-sdk';

/** What the command ends with. Scripts rely on these: they never change their meaning. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refusedByPolicy: 3,
  databaseHeld: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const byErrorCode: Readonly<Record<string, ExitCode>> = {
  DATAVIS_CLI_USAGE: EXIT.usage,
  DATAVIS_API_CONFIG: EXIT.usage,
  // Conditions and orders are words of the command line.
  DATAVIS_CATALOG_FILTER: EXIT.usage,
  DATAVIS_INGEST_STOPPED: EXIT.refusedByPolicy,
  DATAVIS_CATALOG_LOCKED: EXIT.databaseHeld,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (isAbortError(error)) return EXIT.interrupted;
  if (isDataVisError(error)) return byErrorCode[error.code] ?? EXIT.failed;
  return EXIT.failed;
}
