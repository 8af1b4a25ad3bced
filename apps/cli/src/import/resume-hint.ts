import { DataVisError, isAbortError, isDataVisError } from '@datavis/plugin-sdk';

/** An import that was paused by Ctrl-C. Its own class keeps the name by which aborts are known. */
class PausedError extends Error {
  override readonly name = 'AbortError';
}

/** Adds how to go on to errors after which the rows read so far stay. */
export function withResumeHint(error: unknown): unknown {
  if (isAbortError(error)) {
    return new PausedError(
      'Paused. What was read is kept: run the same command again, and it goes on from there.',
      {
        cause: error,
      },
    );
  }
  if (isDataVisError(error, 'DATAVIS_INGEST_TRUNCATED') && error.hint === undefined) {
    const { code, message, place, cause } = error;
    return new DataVisError(code, message, {
      cause,
      ...(place && { place }),
      hint: 'What lies before is kept. Repair the file and run the same command again: it goes on from there.',
    });
  }
  return error;
}
