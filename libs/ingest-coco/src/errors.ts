import { DataVisError } from '@datavis/plugin-sdk';
import type { DataVisErrorOptions } from '@datavis/plugin-sdk';

/**
 * What the reader throws. All are listed with their cures in docs/errors.md.
 *
 * - `DATAVIS_INGEST_SYNTAX`: not JSON; `place` has the byte, and line and column where they are known.
 * - `DATAVIS_INGEST_TRUNCATED`: the file ends inside a value. What lies before was delivered.
 * - `DATAVIS_INGEST_ENCODING`: not UTF-8.
 * - `DATAVIS_INGEST_NOT_COCO`: JSON, but no COCO dataset and no COCO results; the message says what it looks like.
 * - `DATAVIS_INGEST_LIMIT`: a record or value larger, or nested deeper, than the limits of the call.
 * - `DATAVIS_INGEST_STOPPED`: the policy stops at the finding named in the message.
 * - `DATAVIS_INGEST_CHANGED`: the source is not the one the cursor was made from.
 * - `DATAVIS_INGEST_OPTIONS`: an option or a cursor that cannot be used.
 * - `DATAVIS_INGEST_RLE`: a run-length encoding that does not fit its size.
 * - `DATAVIS_INGEST_PANOPTIC`: a picture that is no panoptic mask.
 * - `DATAVIS_INGEST_WORKER`: the reading thread ended without a result.
 */
export type IngestErrorCode =
  | 'DATAVIS_INGEST_SYNTAX'
  | 'DATAVIS_INGEST_TRUNCATED'
  | 'DATAVIS_INGEST_ENCODING'
  | 'DATAVIS_INGEST_NOT_COCO'
  | 'DATAVIS_INGEST_LIMIT'
  | 'DATAVIS_INGEST_STOPPED'
  | 'DATAVIS_INGEST_CHANGED'
  | 'DATAVIS_INGEST_OPTIONS'
  | 'DATAVIS_INGEST_RLE'
  | 'DATAVIS_INGEST_PANOPTIC'
  | 'DATAVIS_INGEST_WORKER';

/** An error of the reader; tell errors apart by `code`. */
export class IngestError extends DataVisError<IngestErrorCode> {
  override readonly name = 'IngestError';

  constructor(code: IngestErrorCode, message: string, options: DataVisErrorOptions = {}) {
    super(code, message, options);
  }
}
