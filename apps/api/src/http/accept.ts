/**
 * The first of `offers` (in the server's order of liking) that has the highest quality in an `Accept` header, or
 * undefined where the client takes none of them. No header takes everything.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
 */
export function negotiate<T extends string>(accept: string | undefined, offers: readonly T[]): T | undefined {
  if (accept === undefined || accept === '' || accept === '*/*') return offers[0];
  const ranges = accept.slice(0, 1000).split(',').map(parseMediaRange);
  let best: T | undefined;
  let bestQuality = 0;
  for (const offer of offers) {
    const quality = qualityOf(offer, ranges);
    if (quality > bestQuality) [best, bestQuality] = [offer, quality];
  }
  return best;
}

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

function parseMediaRange(text: string): MediaRange {
  const [type = '', ...params] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = params.find((param) => param.startsWith('q='))?.slice(2);
  const quality = q === undefined ? 1 : Number(q);
  return { type, quality: Number.isFinite(quality) ? quality : 0 };
}

/** The most specific range decides, whatever its place. */
function qualityOf(offer: string, ranges: readonly MediaRange[]): number {
  const family = `${offer.split('/')[0] ?? ''}/*`;
  for (const wanted of [offer, family, '*/*']) {
    const range = ranges.find(({ type }) => type === wanted);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
