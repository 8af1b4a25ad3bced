import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ApiError } from '../errors.js';
import type { App } from '../http/app.js';
import { securityHeaders } from './headers.js';
import { hostCheck, isSameOrigin } from './hosts.js';
import type { Authenticator } from './token.js';

export interface GuardOptions {
  readonly allowedHosts: readonly string[];
  /** Absent: no token is asked for (loopback only). */
  readonly authenticator: Authenticator | undefined;
}

/** The checks before any answer: whom the request was sent to, which page sent it, and whether it may. */
export interface Guard {
  /** Why a request with these headers is refused. `isPublic`: no token is asked for. */
  problem(headers: IncomingHttpHeaders, isPublic: boolean): ApiError | undefined;
}

export function createGuard({ allowedHosts, authenticator }: GuardOptions): Guard {
  const isAllowedHost = hostCheck(allowedHosts);
  return {
    problem({ host = '', origin, authorization, cookie }, isPublic) {
      if (!isAllowedHost(host)) {
        return new ApiError(
          'DATAVIS_API_HOST_NOT_ALLOWED',
          `This server is not reached under the name ${JSON.stringify(host)}`,
          { hint: 'Add the name to the allowed hosts of the server.' },
        );
      }
      if (origin !== undefined && !isSameOrigin(origin, host)) {
        return new ApiError('DATAVIS_API_ORIGIN_NOT_ALLOWED', 'Requests from pages of another origin are refused', {
          hint: 'Serve the page from the same origin, through a reverse proxy.',
        });
      }
      if (authenticator === undefined || isPublic || authenticator.accepts(authorization, cookie)) return undefined;
      return new ApiError('DATAVIS_API_UNAUTHORIZED', 'This server asks for a token', {
        hint: 'Send it as: Authorization: Bearer TOKEN. Pages exchange it for a cookie with POST /v1/session.',
      });
    },
  };
}

export function installGuard(app: App, guard: Guard): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders).header('x-request-id', request.id);
    done(unclearTarget(request.raw) ?? guard.problem(request.headers, request.routeOptions.config.public === true));
  });
}

/** Node takes the first of two Hosts, and another program on the way may take the other, or the host of the URL. */
function unclearTarget({ url = '', rawHeaders }: IncomingMessage): ApiError | undefined {
  if (url.startsWith('/') && !hasTwoHosts(rawHeaders)) return undefined;
  return new ApiError('DATAVIS_API_BAD_REQUEST', 'A request names one host, in its Host header, and a path');
}

/** Names and values in turn, as they were sent. */
export function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1;
}
