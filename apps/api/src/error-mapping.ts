import { isAbortError, isDataVisError } from '@datavis/plugin-sdk';
import type { DataVisError } from '@datavis/plugin-sdk';
import { ApiError } from './errors.js';
import type { ApiErrorCode } from './errors.js';
import type { Problem } from './schemas/problem.js';

/** Statuses of whole codes; a code not listed falls to {@link byEnding}. */
const byCode: Readonly<Record<ApiErrorCode, number>> = {
  DATAVIS_API_BAD_REQUEST: 400,
  DATAVIS_API_UNAUTHORIZED: 401,
  DATAVIS_API_HOST_NOT_ALLOWED: 403,
  DATAVIS_API_ORIGIN_NOT_ALLOWED: 403,
  DATAVIS_API_ROOT_NOT_ALLOWED: 403,
  DATAVIS_API_NOT_FOUND: 404,
  DATAVIS_API_NOT_ACCEPTABLE: 406,
  DATAVIS_API_CONFLICT: 409,
  DATAVIS_API_TOO_LARGE: 413,
  DATAVIS_API_UNSUPPORTED_TYPE: 415,
  DATAVIS_API_RANGE_NOT_SATISFIABLE: 416,
  DATAVIS_API_RATE_LIMITED: 429,
  DATAVIS_API_CONFIG: 500,
  DATAVIS_API_INTERNAL: 500,
  DATAVIS_API_LISTEN: 500,
  DATAVIS_API_BUSY: 503,
  DATAVIS_API_TIMEOUT: 504,
};

/** What the last words of a library's code mean over HTTP: `DATAVIS_STORAGE_NOT_FOUND` and its like are 404. */
const byEnding: readonly (readonly [RegExp, number])[] = [
  [/_(NOT_FOUND|NOTHING|MISSING)$/, 404],
  [/_(FORBIDDEN|READ_ONLY|UNSAFE_PATH)$/, 403],
  [/_(BUSY|CLOSED)$/, 503],
  [/_(CHANGED|CONFLICT|EXISTS|IDS|LOCKED|PARTIAL|STATE)$/, 409],
  [/^DATAVIS_THUMBS_UNSUPPORTED$/, 415],
  // The picture itself is to blame: the same bytes fail again.
  [/^DATAVIS_THUMBS_(CORRUPT|CRASHED|TIMEOUT|TOO_LARGE)$/, 422],
  // So is the annotation file, or the folder: errors of jobs, which say the same over HTTP.
  [/^DATAVIS_INGEST_(ENCODING|LIMIT|NOT_COCO|PANOPTIC|RLE|STOPPED|SYNTAX|TRUNCATED)$/, 422],
  [/^DATAVIS_(ENGINE_LAYOUT_(NONE|AMBIGUOUS)|PLUGIN_FORMAT|STORAGE_ARCHIVE)$/, 422],
  [/_TIMEOUT$/, 504],
  [/_UNAVAILABLE$/, 502],
  [/_(SCHEME|UNSUPPORTED|FILTER|SORT|CURSOR|INPUT|OPTIONS|ARGUMENT)$/, 400],
  [/_INVALID(_[A-Z]+)*$/, 400],
];

/** HTTP status of a DataVis error. Unknown codes are 500: a new code is mapped on purpose or not at all. */
export function statusOf(code: string): number {
  if (code in byCode) return byCode[code as ApiErrorCode];
  return byEnding.find(([pattern]) => pattern.test(code))?.[1] ?? 500;
}

/** As ajv tells it. */
interface ValidationIssue {
  readonly instancePath?: string;
  readonly message?: string;
  readonly params?: { readonly additionalProperty?: string; readonly allowedValues?: readonly unknown[] };
}

interface FrameworkError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly message: string;
  readonly validation?: readonly ValidationIssue[];
  readonly validationContext?: string;
}

const byStatus: Readonly<Record<number, ApiErrorCode>> = {
  400: 'DATAVIS_API_BAD_REQUEST',
  // How the files of /docs are guarded: what lies outside does not exist.
  403: 'DATAVIS_API_NOT_FOUND',
  404: 'DATAVIS_API_NOT_FOUND',
  408: 'DATAVIS_API_TIMEOUT',
  413: 'DATAVIS_API_TOO_LARGE',
  414: 'DATAVIS_API_BAD_REQUEST',
  415: 'DATAVIS_API_UNSUPPORTED_TYPE',
  429: 'DATAVIS_API_RATE_LIMITED',
  503: 'DATAVIS_API_BUSY',
};

/** Anything thrown, as a DataVis error. Messages of unknown errors are kept out of answers: they may hold paths. */
export function normalizeError(error: unknown): DataVisError {
  if (isDataVisError(error)) return error;
  if (isAbortError(error)) return new ApiError('DATAVIS_API_TIMEOUT', 'The request was given up', { cause: error });
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new ApiError('DATAVIS_API_TIMEOUT', 'The answer took longer than this server allows', {
      cause: error,
      hint: 'Ask for less: a narrower filter, a smaller page.',
    });
  }
  const { statusCode, message } = (error ?? {}) as FrameworkError;
  const code = statusCode === undefined ? undefined : byStatus[statusCode];
  if (code !== undefined) {
    const issues = issuesOf(error);
    const detail = issues?.map(({ at, message: wrong }) => `${at} ${wrong}`).join('; ') ?? message;
    return new ApiError(code, detail, { cause: error });
  }
  return new ApiError('DATAVIS_API_INTERNAL', 'Something went wrong in the server', {
    cause: error,
    hint: 'The log has the details under this request id.',
  });
}

/** The body of an error answer (RFC 9457). */
export function toProblem(error: DataVisError, requestId: string): Problem {
  const status = statusOf(error.code);
  const issues = issuesOf(error.cause);
  return {
    type: `urn:datavis:error:${error.code}`,
    title: titles[status] ?? 'Error',
    status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.place !== undefined && { place: error.place }),
    ...(issues !== undefined && { issues }),
  };
}

/** What is wrong with the input of a request, each with the name that is meant. */
function issuesOf(error: unknown): { at: string; message: string }[] | undefined {
  const { validation, validationContext = '' } = (error ?? {}) as FrameworkError;
  return validation?.map(({ instancePath = '', message = 'is not valid', params }) => ({
    at: `${validationContext}${instancePath}`,
    message:
      params?.additionalProperty !== undefined
        ? `takes no ${JSON.stringify(params.additionalProperty.slice(0, 100))}`
        : params?.allowedValues !== undefined
          ? `must be one of ${params.allowedValues.join(', ')}`
          : message,
  }));
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  406: 'Not acceptable',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  416: 'Range not satisfiable',
  422: 'Cannot be processed',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'Storage unavailable',
  503: 'Busy',
  504: 'Timeout',
};
