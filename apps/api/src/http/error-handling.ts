import type { FastifyReply, FastifyRequest } from 'fastify';
import { normalizeError, toProblem } from '../error-mapping.js';
import { ApiError } from '../errors.js';
import { securityHeaders } from '../security/headers.js';
import type { App } from './app.js';

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = normalizeError(error);
  const problem = toProblem(known, request.id);
  if (problem.status >= 500) request.log.error({ err: error }, known.message);
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="datavis"');
  if (problem.status === 503) void reply.header('retry-after', '2');
  return reply
    .code(problem.status)
    .headers(securityHeaders)
    .header('x-request-id', request.id)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

export function installErrorHandling(app: App): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      new ApiError('DATAVIS_API_NOT_FOUND', `There is nothing at ${request.method} ${request.url.slice(0, 200)}`, {
        hint: 'All routes are listed at /docs and /openapi.json.',
      }),
      request,
      reply,
    ),
  );
}
