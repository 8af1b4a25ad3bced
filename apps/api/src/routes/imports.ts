import { Type } from 'typebox';
import type { App } from '../http/app.js';
import { streamSignal } from '../http/request-signal.js';
import { sendEvents } from '../http/sse.js';
import { ImportRequestSchema, JobSchema } from '../jobs/job.js';
import { binary, problems, ref } from '../schemas/common.js';
import { createRootList } from '../security/roots.js';
import type { RouteContext } from './context.js';

const JobParams = Type.Object({ job: Type.String({ format: 'uuid' }) });

/** Imports as jobs: started, watched, stopped at a cursor, continued. */
export function importRoutes(app: App, { jobs, roots, limits, stopped }: RouteContext): void {
  const tags = ['imports'];
  const allowed = createRootList(roots);
  const config = { rateLimit: { max: limits.jobsPerMinute, timeWindow: 60_000 } };

  app.post(
    '/v1/imports',
    {
      config,
      schema: {
        tags,
        operationId: 'startImport',
        summary: 'Start an import; imports wait for each other',
        body: ref(ImportRequestSchema),
        response: { 202: ref(JobSchema), ...problems(413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { sources, images, ...rest } = request.body;
      const job = await jobs.start({
        ...rest,
        sources: await Promise.all(sources.map((source) => allowed.check(source))),
        ...(images !== undefined && { images: await allowed.check(images) }),
      });
      return reply.code(202).header('location', `/v1/imports/${job.id}`).send(job);
    },
  );

  app.get(
    '/v1/imports',
    {
      schema: {
        tags,
        operationId: 'listImports',
        summary: 'All imports asked for, the newest first; also those before a restart',
        response: { 200: Type.Object({ items: Type.Array(ref(JobSchema)) }), ...problems() },
      },
    },
    () => ({ items: [...jobs.list()] }),
  );

  app.get(
    '/v1/imports/:job',
    {
      schema: {
        tags,
        operationId: 'getImport',
        summary: 'State, progress and result of an import',
        params: JobParams,
        response: { 200: ref(JobSchema), ...problems(404) },
      },
    },
    (request) => jobs.get(request.params.job),
  );

  app.get(
    '/v1/imports/:job/events',
    {
      schema: {
        tags,
        operationId: 'watchImport',
        summary: 'Progress as server-sent events',
        description: 'Each `job` event is the whole job. The stream ends when the job is done, failed or paused.',
        params: JobParams,
        response: { 200: binary('Events', 'text/event-stream'), ...problems(404) },
      },
    },
    (request, reply) => {
      jobs.get(request.params.job);
      const signal = AbortSignal.any([streamSignal(reply, limits.stallTimeoutMs), stopped]);
      return sendEvents(reply, 'job', jobs.watch(request.params.job, signal));
    },
  );

  for (const action of ['cancel', 'resume'] as const) {
    app.post(
      `/v1/imports/:job/${action}`,
      {
        config,
        schema: {
          tags,
          operationId: `${action}Import`,
          summary: action === 'cancel' ? 'Stop an import at its cursor' : 'Let a paused or failed import go on',
          params: JobParams,
          response: { [action === 'cancel' ? 200 : 202]: ref(JobSchema), ...problems(404, 409, 503) },
        },
      },
      async (request, reply) => {
        const job = await jobs[action](request.params.job);
        return reply.code(action === 'cancel' ? 200 : 202).send(job);
      },
    );
  }
}
