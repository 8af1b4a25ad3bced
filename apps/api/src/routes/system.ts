import { once } from 'node:events';
import { Type } from 'typebox';
import { ApiError } from '../errors.js';
import type { App } from '../http/app.js';
import { binary, empty, oneOf, problems } from '../schemas/common.js';
import type { RouteContext } from './context.js';

const Health = Type.Object({ status: Type.Literal('ok'), version: Type.String() });
const Ready = Type.Object({ status: oneOf(['ready', 'closing', 'unavailable']) });
/** Time in which the database has to answer, even where all threads are at work. */
const PING_TIMEOUT_MS = 5000;

/** Whether the process lives, whether it can answer, how it does. */
export function systemRoutes(app: App, { engine, metrics, authenticator, version, closing }: RouteContext): void {
  const tags = ['system'];

  app.get(
    '/health',
    {
      schema: { tags, operationId: 'getHealth', summary: 'The process answers', response: { 200: Health } },
      config: { public: true },
    },
    () => ({ status: 'ok' as const, version }),
  );

  app.get(
    '/ready',
    {
      schema: {
        tags,
        operationId: 'getReady',
        summary: 'The database answers, and the server is not closing',
        response: { 200: Ready, 503: Ready },
      },
      config: { public: true },
    },
    async (request, reply) => {
      if (closing.aborted) return reply.code(503).send({ status: 'closing' });
      try {
        await withinTime(engine.catalog.ping());
      } catch (error) {
        request.log.error({ err: error }, 'the database does not answer');
        return reply.code(503).send({ status: 'unavailable' });
      }
      return { status: 'ready' as const };
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        tags,
        operationId: 'getMetrics',
        summary: 'Prometheus metrics',
        response: { 200: binary('Prometheus text', 'text/plain'), ...problems() },
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );

  app.post(
    '/v1/session',
    {
      schema: {
        tags,
        operationId: 'openSession',
        summary: 'Exchange the token for a cookie',
        description:
          'For pages: images and event streams cannot carry an Authorization header. The cookie is HttpOnly, ' +
          'SameSite=Strict, and ends with the server process.',
        response: { 204: empty('Done'), ...problems() },
      },
    },
    async (_request, reply) => {
      if (authenticator !== undefined) void reply.header('set-cookie', authenticator.sessionCookie());
      return reply.code(204).send(undefined);
    },
  );
}

async function withinTime(ping: Promise<void>): Promise<void> {
  const late = once(AbortSignal.timeout(PING_TIMEOUT_MS), 'abort').then(() => {
    throw new ApiError('DATAVIS_API_TIMEOUT', 'The database does not answer in time');
  });
  await Promise.race([ping, late]);
}
