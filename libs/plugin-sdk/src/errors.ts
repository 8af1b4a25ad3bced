/** Where in an input something was found. Offsets are bytes of the decoded (unzipped) file, from 0. */
export interface InputPlace {
  /** URI or path of the input, as the user gave it. */
  readonly uri?: string;
  readonly byteOffset?: number;
  /** Top-level key of the COCO file, such as `annotations`. */
  readonly section?: string;
  /** Index of the element inside its section, from 0. */
  readonly index?: number;
  /** Line and column, from 1; known only where a syntax error was pinned down. */
  readonly line?: number;
  readonly column?: number;
}

/** What an error of DataVis says beside its code and message. */
export interface DataVisErrorOptions {
  readonly cause?: unknown;
  readonly place?: InputPlace;
  /** What the user can do next, as one sentence. */
  readonly hint?: string;
}

/**
 * Base of every error DataVis throws on purpose. Tell errors apart by `code`, never by `instanceof`: two copies of a
 * package in one process have two classes but the same codes. Every code is listed in docs/errors.md.
 *
 * @example
 * ```ts
 * import { isDataVisError } from '@datavis/plugin-sdk';
 *
 * function explain(error: unknown): string {
 *   return isDataVisError(error) ? `${error.code}: ${error.message}` : String(error);
 * }
 * ```
 */
export class DataVisError<Code extends string = string> extends Error {
  override readonly name: string = 'DataVisError';
  readonly code: Code;
  readonly place: InputPlace | undefined;
  readonly hint: string | undefined;

  constructor(code: Code, message: string, options: DataVisErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.place = options.place;
    this.hint = options.hint;
  }
}

/** True for an error of DataVis (of any copy of this package), and with `code` only for that code. */
export function isDataVisError<Code extends string = string>(
  error: unknown,
  code?: Code,
): error is DataVisError<Code> {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const actual = error.code;
  return typeof actual === 'string' && (code === undefined ? actual.startsWith('DATAVIS_') : actual === code);
}

/** True for the error that an aborted `AbortSignal` causes. It passes through every layer untouched. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
