import { ThumbsError, type ThumbsErrorCode } from '../errors.js';
import { JpegError } from './jpeg/jpeg-error.js';

/** An error as a worker thread sends it: errors cross the border of a thread without their codes. */
export interface WorkerFailure {
  readonly code: ThumbsErrorCode;
  readonly message: string;
}

export function workerFailure(error: unknown): WorkerFailure {
  return { code: codeOf(error), message: error instanceof Error ? error.message : String(error) };
}

const jpegCodes: Readonly<Record<JpegError['kind'], ThumbsErrorCode>> = {
  corrupt: 'DATAVIS_THUMBS_CORRUPT',
  unsupported: 'DATAVIS_THUMBS_UNSUPPORTED',
  'too-large': 'DATAVIS_THUMBS_TOO_LARGE',
};

function codeOf(error: unknown): ThumbsErrorCode {
  if (error instanceof ThumbsError) return error.code;
  if (error instanceof JpegError) return jpegCodes[error.kind];
  // What V8 says when a buffer cannot be had.
  if (error instanceof RangeError && /allocation|Invalid typed array length/i.test(error.message)) {
    return 'DATAVIS_THUMBS_TOO_LARGE';
  }
  return 'DATAVIS_THUMBS_CORRUPT';
}
