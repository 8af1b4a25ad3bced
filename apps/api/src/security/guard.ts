import type { FastifyRequest } from 'fastify';
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

/** The checks before any route: whom the request was sent to, which page sent it, and whether it may. */
export function installGuard(app: App, { allowedHosts, authenticator }: GuardOptions): void {
  const isAllowedHost = hostCheck(allowedHosts);

  function check(request: FastifyRequest): void {
    const { host = '', origin, authorization, cookie } = request.headers;
    if (!isAllowedHost(host)) {
      throw new ApiError(
        'DATAVIS_API_HOST_NOT_ALLOWED',
        `This server is not reached under the name ${JSON.stringify(host)}`,
        {
          hint: 'Add the name to the allowed hosts of the server.',
        },
      );
    }
    if (origin !== undefined && !isSameOrigin(origin, host)) {
      throw new ApiError('DATAVIS_API_ORIGIN_NOT_ALLOWED', 'Requests from pages of another origin are refused', {
        hint: 'Serve the page from the same origin, through a reverse proxy.',
      });
    }
    if (authenticator === undefined || request.routeOptions.config.public === true) return;
    if (!authenticator.accepts(authorization, cookie)) {
      throw new ApiError('DATAVIS_API_UNAUTHORIZED', 'This server asks for a token', {
        hint: 'Send it as: Authorization: Bearer TOKEN. Pages exchange it for a cookie with POST /v1/session.',
      });
    }
  }

  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders).header('x-request-id', request.id);
    try {
      check(request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}
