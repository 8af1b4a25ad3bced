import { DataVisError } from '@datavis/plugin-sdk';

/** Codes of the HTTP layer itself. Codes of the libraries pass through as they are; see error-mapping.ts. */
export type ApiErrorCode =
  | 'DATAVIS_API_BAD_REQUEST'
  | 'DATAVIS_API_BUSY'
  | 'DATAVIS_API_CONFIG'
  | 'DATAVIS_API_CONFLICT'
  | 'DATAVIS_API_HOST_NOT_ALLOWED'
  | 'DATAVIS_API_INTERNAL'
  | 'DATAVIS_API_LISTEN'
  | 'DATAVIS_API_NOT_ACCEPTABLE'
  | 'DATAVIS_API_NOT_FOUND'
  | 'DATAVIS_API_ORIGIN_NOT_ALLOWED'
  | 'DATAVIS_API_RANGE_NOT_SATISFIABLE'
  | 'DATAVIS_API_RATE_LIMITED'
  | 'DATAVIS_API_ROOT_NOT_ALLOWED'
  | 'DATAVIS_API_TIMEOUT'
  | 'DATAVIS_API_TOO_LARGE'
  | 'DATAVIS_API_UNAUTHORIZED'
  | 'DATAVIS_API_UNSUPPORTED_TYPE';

/** An error of the HTTP layer. */
export class ApiError extends DataVisError<ApiErrorCode> {
  override readonly name = 'ApiError';
}
