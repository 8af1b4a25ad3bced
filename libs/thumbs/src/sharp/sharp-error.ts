import { ThumbsError, type ThumbsErrorCode } from '../errors.js';

/** What sharp and libvips say, and what it means. They have no codes: the first that fits counts. */
const meanings: readonly (readonly [RegExp, ThumbsErrorCode])[] = [
  [/exceeds pixel limit|too (many|large)|dimensions/i, 'DATAVIS_THUMBS_TOO_LARGE'],
  [/timeout/i, 'DATAVIS_THUMBS_TIMEOUT'],
  [/out of memory|unable to allocate/i, 'DATAVIS_THUMBS_CRASHED'],
  [/unsupported|blocked|not implemented/i, 'DATAVIS_THUMBS_UNSUPPORTED'],
];

export function sharpError(error: unknown): ThumbsError {
  const text = error instanceof Error ? error.message : String(error);
  const code = meanings.find(([pattern]) => pattern.test(text))?.[1] ?? 'DATAVIS_THUMBS_CORRUPT';
  const [firstLine = text] = text.split('\n');
  return new ThumbsError(code, `The picture cannot be shown: ${firstLine}`, { cause: error });
}
