import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Thumbnail } from '@datavis/plugin-sdk';
import { LRUCache } from 'lru-cache';
import { matchesEtag } from '../http/etag.js';
import type { Metrics } from '../metrics.js';
import type { Guard } from '../security/guard.js';
import { securityHeaders } from '../security/headers.js';

/** Memory for what is remembered of requests; the pictures themselves stay in the caches of the thumbnailer. */
const MAX_BYTES = 16 * 1024 * 1024;
const ENTRY_BYTES = 1024;

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
}

interface Entry extends WarmAnswer {
  /** Names and values in turn, as Node writes them fastest. */
  readonly headerList: readonly string[];
}

export function createWarmAnswers({ peek, guard, metrics }: WarmAnswersDeps): WarmAnswers {
  const entries = new LRUCache<string, Entry>({
    maxSize: MAX_BYTES,
    sizeCalculation: (_entry, name) => ENTRY_BYTES + 2 * name.length,
  });

  return {
    answer(request, response) {
      const { headers } = request;
      if (request.method !== 'GET' || isUnusual(request)) return false;
      const name = nameOf(request);
      const entry = entries.get(name);
      if (entry === undefined) return false;
      if (!entry.isFresh()) {
        entries.delete(name);
        return false;
      }
      if (guard.problem(headers, false) !== undefined) return false;
      const isKnown = matchesEtag(headers['if-none-match'], entry.etag);
      const thumbnail = isKnown ? undefined : peek(entry.key);
      if (!isKnown && thumbnail === undefined) return false;
      const list = [...entry.headerList, 'x-request-id', randomUUID()];
      if (thumbnail === undefined) response.writeHead(304, list).end();
      else {
        list.push('content-type', thumbnail.contentType, 'content-length', String(thumbnail.bytes.length));
        response.writeHead(200, list).end(thumbnail.bytes);
      }
      metrics.warmAnswer(entry.route, isKnown ? 304 : 200);
      return true;
    },
    remember(request, answer) {
      const all = { ...securityHeaders, ...answer.headers, etag: answer.etag };
      entries.set(nameOf(request), { ...answer, headerList: Object.entries(all).flat() });
    },
  };
}

function nameOf({ url = '', headers }: IncomingMessage): string {
  return `${headers.accept ?? ''}\n${url}`;
}

/** A body, or a request id of the caller's own. */
function isUnusual({ headers }: IncomingMessage): boolean {
  return (
    headers['content-length'] !== undefined ||
    headers['transfer-encoding'] !== undefined ||
    headers['x-request-id'] !== undefined
  );
}
