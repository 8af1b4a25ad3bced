import type { ObjectReadOptions, ObjectStat } from '@datavis/plugin-sdk';
import { drain } from '../network/http-exchange.js';
import type { HttpExchanger, HttpResponse } from '../network/http-exchange.js';
import { Patience, RetryableStatus, isRetryable } from '../network/patience.js';
import type { PatienceSettings } from '../network/patience.js';
import { clampRange } from '../object-store/bytes.js';
import { changed, notFound, storeError } from '../object-store/errors.js';
import { objectUri } from '../object-store/uri.js';
import { PrivateAddressError } from './http-address.js';
import { redirected } from './http-policy.js';
import type { HttpPolicy } from './http-policy.js';

/** What the calls of one store share. */
export interface HttpSite extends PatienceSettings {
  readonly policy: HttpPolicy;
  readonly maxRedirects: number;
  readonly http: HttpExchanger;
}

interface Question {
  readonly key: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** Asks, following redirects, until there is an answer: of 2xx, 405, 416 or 501. */
async function ask(site: HttpSite, patience: Patience, question: Question): Promise<HttpResponse> {
  const { key, method, signal } = question;
  let url = new URL(objectUri(site.root, key));
  for (let redirects = 0; ; redirects++) {
    const path = url.pathname + url.search;
    const headers = { 'accept-encoding': 'identity', ...question.headers };
    const response = await site.http.exchange({ method, origin: url, path, headers, signal }, patience.begin);
    const { status } = response;
    if ((status >= 200 && status < 300) || status === 405 || status === 416 || status === 501) return response;
    await drain(response);
    if (status === 404 || status === 410) throw notFound(site.root, key);
    if (isRetryable(status)) throw new RetryableStatus(response);
    if (![301, 302, 303, 307, 308].includes(status)) {
      const code = status === 401 || status === 403 ? 'DATAVIS_STORAGE_FORBIDDEN' : 'DATAVIS_STORAGE_IO';
      throw storeError(code, site.root, key, `The server answered ${status}`);
    }
    if (redirects === site.maxRedirects) {
      throw storeError('DATAVIS_STORAGE_IO', site.root, key, `More than ${site.maxRedirects} redirects`);
    }
    url = redirected(url, response.headers.location, site.policy, site.root);
  }
}

/** Tries again until `attempt` succeeds or patience ends. An address that may not be asked is not asked twice. */
async function patiently<T>(patience: Patience, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof PrivateAddressError) throw error;
      await patience.afterFailure(error);
    }
  }
}

export async function statHttp(site: HttpSite, key: string, signal: AbortSignal | undefined): Promise<ObjectStat> {
  const patience = new Patience(site, key, signal);
  return patiently(patience, async () => {
    let response = await ask(site, patience, { key, method: 'HEAD', signal });
    await drain(response);
    // Some servers, and most signed places, know GET only.
    if (response.status === 405 || response.status === 501) {
      response = await ask(site, patience, { key, method: 'GET', headers: { range: 'bytes=0-0' }, signal });
      await drain(response);
    }
    return statOf(site, key, response);
  });
}

/** One version of an object, or a range of it, over as many connections as it takes. */
export async function* readHttp(
  site: HttpSite,
  key: string,
  options: ObjectReadOptions,
): AsyncGenerator<Uint8Array> {
  const { signal } = options;
  const { start, end } = clampRange(options, Number.MAX_SAFE_INTEGER);
  const patience = new Patience(site, key, signal);
  let version = options.version;
  let at = start;
  if (end <= start && version === undefined) return;
  for (;;) {
    const last = end === Number.MAX_SAFE_INTEGER ? '' : Math.max(at, end - 1);
    const headers = at > 0 || last !== '' ? { range: `bytes=${at}-${last}` } : {};
    const response = await patiently(patience, () => ask(site, patience, { key, method: 'GET', headers, signal }));
    // An answer that there is nothing there does not tell the version.
    const isBeyond = response.status === 416;
    if (isBeyond) await drain(response);
    if (isBeyond && version === undefined) return;
    const stat = isBeyond ? await statHttp(site, key, signal) : statOf(site, key, response);
    version ??= stat.version;
    const until = Math.min(end, stat.size);
    if (isBeyond || stat.version !== version || until <= at) {
      if (!isBeyond) await drain(response);
      if (stat.version !== version) throw changed(site.root, key);
      return;
    }
    // A server that knows no ranges sends all of it.
    let skip = response.status === 206 ? 0 : at;
    if (response.status === 206 && rangeStart(response) !== at) {
      throw storeError('DATAVIS_STORAGE_IO', site.root, key, 'The server answered with another range');
    }
    try {
      for await (const chunk of response.body) {
        patience.progress();
        const skipped = Math.min(skip, chunk.length);
        skip -= skipped;
        const wanted = chunk.subarray(skipped, skipped + until - at);
        at += wanted.length;
        if (wanted.length > 0) yield wanted;
        if (at >= until) return;
      }
      throw new Error(`The body ended ${until - at} bytes early`);
    } catch (error) {
      await patience.afterFailure(error);
    }
  }
}

function statOf(site: HttpSite, key: string, { status, headers }: HttpResponse): ObjectStat {
  const packed = headers['content-encoding'];
  if (packed !== undefined && packed !== 'identity') {
    throw storeError('DATAVIS_STORAGE_UNSUPPORTED', site.root, key, `The server packs the body (${packed})`);
  }
  const total = status === 206 ? headers['content-range']?.split('/')[1] : headers['content-length'];
  const size = Number(total ?? Number.NaN);
  if (!Number.isSafeInteger(size)) {
    throw storeError('DATAVIS_STORAGE_UNSUPPORTED', site.root, key, 'The server does not tell the size');
  }
  const { etag } = headers;
  const modified = headers['last-modified'];
  const isStrong = etag?.startsWith('"') === true;
  return {
    key,
    size,
    version: isStrong ? etag : `${modified ?? ''}/${size}`,
    ...(modified !== undefined && { modifiedMs: Date.parse(modified) }),
    ...(headers['content-type'] !== undefined && { contentType: headers['content-type'] }),
  };
}

function rangeStart({ headers }: HttpResponse): number {
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);
}
