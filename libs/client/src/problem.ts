import type { components } from './schema.js';

/** An error answer (RFC 9457). */
export type Problem = components['schemas']['Problem'];

/** What {@link unwrap} throws: the server's answer as an error, told apart by `code`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** Stable, such as `DATAVIS_API_NOT_FOUND`; listed in docs/errors.md. */
  readonly code: string;
  readonly status: number;
  readonly hint: string | undefined;
  readonly requestId: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.hint = problem.hint;
    this.requestId = problem.requestId;
    this.problem = problem;
  }
}

/** True for an error answer of the server (also of another copy of this package), and with `code` only for that code. */
export function isProblemError(error: unknown, code?: string): error is ProblemError {
  if (!(error instanceof Error) || error.name !== 'ProblemError' || !('code' in error)) return false;
  return code === undefined || error.code === code;
}

/**
 * The data of an answer.
 *
 * @throws ProblemError for an error answer.
 */
export function unwrap<T>(answer: { readonly data?: T; readonly error?: unknown; readonly response: Response }): T {
  const { data, error, response } = answer;
  if (response.ok) return data as T;
  throw new ProblemError(isProblem(error) ? error : unknownProblem(response));
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
}

/** An answer of something between us and the server, such as a proxy. */
function unknownProblem(response: Response): Problem {
  return {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    code: 'DATAVIS_API_INTERNAL',
    detail: `The server answered with ${response.status} and no problem`,
    requestId: response.headers.get('x-request-id') ?? '',
  };
}
