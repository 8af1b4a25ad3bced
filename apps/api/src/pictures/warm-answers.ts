import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Thumbnail } from '@datavis/plugin-sdk';
import { LRUCache } from 'lru-cache';
import { matchesEtag } from '../http/etag.js';
import type { Metrics } from '../metrics.js';
import { hasTwoHosts } from '../security/guard.js';
import type { Guard } from '../security/guard.js';
import { securityHeaders } from '../security/headers.js';

/** Memory for what is remembered of requests; the pictures themselves stay in the caches of the thumbnailer. */
const MAX_BYTES = 16 * 1024 * 1024;
const ENTRY_BYTES = 1024;
/** Accept headers that are told apart for one URL: one for each kind of browser that asks. */
const MAX_VARIANTS = 4;

/** An answer that the route of thumbnails gave. */
export interface WarmAnswer {
  readonly route: string;
  /** Key of the thumbnail. */
  readonly key: string;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether its picture is still the one that was answered with. */
  readonly isFresh: () => boolean;
}

/**
 * Answers thumbnails that were asked for a moment ago with the same URL and Accept header, before any router, parser or
 * validator sees the request: that costs a fifth of the way through the routes. Everything else, and every doubt, is left
 * to the routes. Guarded as they are.
 */
export interface WarmAnswers {
  /** Whether the request has been answered. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  remember(request: IncomingMessage, answer: WarmAnswer): void;
}

export interface WarmAnswersDeps {
  readonly peek: (key: string) => Thumbnail | undefined;
  readonly guard: Guard;
  readonly metrics: Metrics;
  readonly nextRequestId: () => string;
}

interface Entry extends WarmAnswer {
  readonly accept: string | undefined;
  /**
   * Names and values in turn, as Node writes them fastest. `writeHead` keeps none of them, so the values that differ from
   * answer to answer are set in place: see {@link REQUEST_ID} and the others.
   */
  readonly headerList: string[];
  readonly headerList304: string[];
}

const [REQUEST_ID, CONTENT_TYPE, CONTENT_LENGTH] = [1, 3, 5];

export function createWarmAnswers({ peek, guard, metrics, nextRequestId }: WarmAnswersDeps): WarmAnswers {
  const entries = new LRUCache<string, readonly Entry[]>({
    maxSize: MAX_BYTES,
    sizeCalculation: (variants, url) => variants.length * ENTRY_BYTES + 2 * url.length,
  });

  function variantOf(url: string, accept: string | undefined): Entry | undefined {
    const variants = entries.get(url);
    if (variants === undefined) return undefined;
    for (const variant of variants) if (variant.accept === accept) return variant;
    return undefined;
  }

  return {
    answer(request, response) {
      if (request.method !== 'GET') return false;
      const { headers } = request;
      const entry = variantOf(request.url ?? '', headers.accept);
      if (entry === undefined || isUnusual(headers) || hasTwoHosts(request.rawHeaders) || !entry.isFresh())
        return false;
      if (guard.problem(headers, false) !== undefined) return false;
      if (matchesEtag(headers['if-none-match'], entry.etag)) {
        entry.headerList304[REQUEST_ID] = nextRequestId();
        response.writeHead(304, entry.headerList304).end();
        metrics.warmAnswer(entry.route, 304);
        return true;
      }
      const thumbnail = peek(entry.key);
      if (thumbnail === undefined) return false;
      const list = entry.headerList;
      list[REQUEST_ID] = nextRequestId();
      list[CONTENT_TYPE] = thumbnail.contentType;
      list[CONTENT_LENGTH] = String(thumbnail.bytes.length);
      response.writeHead(200, list).end(thumbnail.bytes);
      metrics.warmAnswer(entry.route, 200);
      return true;
    },
    remember({ url = '', headers: { accept } }, answer) {
      const rest = Object.entries({ ...securityHeaders, ...answer.headers, etag: answer.etag }).flat();
      const entry = {
        ...answer,
        accept,
        headerList: ['x-request-id', '', 'content-type', '', 'content-length', '', ...rest],
        headerList304: ['x-request-id', '', ...rest],
      };
      const others = (entries.peek(url) ?? []).filter((other) => other.accept !== accept && other.isFresh());
      entries.set(url, [entry, ...others.slice(0, MAX_VARIANTS - 1)]);
    },
  };
}

/** A body, or a request id of the caller's own. */
function isUnusual(headers: IncomingMessage['headers']): boolean {
  return (
    headers['content-length'] !== undefined ||
    headers['transfer-encoding'] !== undefined ||
    headers['x-request-id'] !== undefined
  );
}
