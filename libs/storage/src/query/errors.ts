import { DataVisError } from '@datavis/plugin-sdk';
import type { DataVisErrorOptions } from '@datavis/plugin-sdk';

export type QueryErrorCode = 'DATAVIS_CATALOG_NOT_FOUND' | 'DATAVIS_CATALOG_FILTER' | 'DATAVIS_CATALOG_CURSOR';

export function queryError(
  code: QueryErrorCode,
  message: string,
  options?: DataVisErrorOptions,
): DataVisError<QueryErrorCode> {
  return new DataVisError(code, message, options);
}
