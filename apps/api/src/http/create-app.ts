import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger } from 'fastify';
import type { ApiLimits } from '../options.js';
import type { App } from './app.js';
import { answerClientErrors } from './client-errors.js';
import { sendProblem } from './error-handling.js';

export interface AppOptions {
  readonly limits: ApiLimits;
  readonly logger: FastifyBaseLogger | undefined;
  /** Makes the id of a request that brings none. */
  readonly nextRequestId: () => string;
  /** Asked before the routes; true: it has answered. */
  readonly answerFirst: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** An app without routes, bounded in size and time of requests. */
export function createApp({ limits, logger, nextRequestId, answerFirst }: AppOptions): App {
  const app: App = fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: ({ headers }) => harmlessId(headers['x-request-id']) ?? nextRequestId(),
    bodyLimit: limits.bodyMaxBytes,
    serverFactory: (handler) => {
      const server = createServer(
        {
          requestTimeout: limits.requestTimeoutMs,
          keepAliveTimeout: 65_000,
          headersTimeout: Math.min(10_000, limits.requestTimeoutMs),
          // Node looks for late requests at this pace, by default every 30 s.
          connectionsCheckingInterval: Math.min(5000, limits.requestTimeoutMs),
          maxHeaderSize: 16 * 1024,
        },
        (request, response) => {
          if (!answerFirst(request, response)) handler(request, response);
        },
      );
      server.maxConnections = limits.maxConnections;
      return server;
    },
    routerOptions: { maxParamLength: 1024 },
    forceCloseConnections: 'idle',
    clientErrorHandler: answerClientErrors(nextRequestId),
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    // Unknown parameters are refused, not dropped: a mistyped filter must not answer with everything.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', allErrors: false } },
  });
  // Answers are written as they are: a serializer made from a schema would drop what the schema forgot.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  return app;
}

/** A caller's own id is kept where it is harmless in a log. */
function harmlessId(given: string | string[] | undefined): string | undefined {
  return typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) ? given : undefined;
}
