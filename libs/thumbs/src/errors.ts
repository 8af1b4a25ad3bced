import { DataVisError, type DataVisErrorOptions, isDataVisError } from '@datavis/plugin-sdk';

/** Codes of the errors of this package; docs/errors.md says what to do about each. */
export type ThumbsErrorCode =
  | 'DATAVIS_THUMBS_BUSY'
  | 'DATAVIS_THUMBS_CACHE'
  | 'DATAVIS_THUMBS_CLOSED'
  | 'DATAVIS_THUMBS_CORRUPT'
  | 'DATAVIS_THUMBS_CRASHED'
  | 'DATAVIS_THUMBS_OPTIONS'
  | 'DATAVIS_THUMBS_TIMEOUT'
  | 'DATAVIS_THUMBS_TOO_LARGE'
  | 'DATAVIS_THUMBS_UNSUPPORTED';

export class ThumbsError extends DataVisError<ThumbsErrorCode> {
  override readonly name = 'ThumbsError';

  constructor(code: ThumbsErrorCode, message: string, options: DataVisErrorOptions = {}) {
    super(code, message, options);
  }
}

/** What a picture itself is to blame for: the same bytes fail again, so the failure may be remembered. */
const lasting: ReadonlySet<string> = new Set([
  'DATAVIS_THUMBS_CORRUPT',
  'DATAVIS_THUMBS_CRASHED',
  'DATAVIS_THUMBS_TIMEOUT',
  'DATAVIS_THUMBS_TOO_LARGE',
  'DATAVIS_THUMBS_UNSUPPORTED',
]);

/** True for an error that lies in the picture, false for one of the moment (a full queue, an abort, a lost store). */
export function isPictureError(error: unknown): error is DataVisError {
  return isDataVisError(error) && lasting.has(error.code);
}

/** The same error with the URI of the picture, for callers that know it where the thrower did not. */
export function withUri(error: unknown, uri: string | undefined): unknown {
  if (uri === undefined || !(error instanceof ThumbsError) || error.place?.uri !== undefined) return error;
  const { code, message, cause, hint, place } = error;
  return new ThumbsError(code, message, { cause, place: { ...place, uri }, ...(hint !== undefined && { hint }) });
}
