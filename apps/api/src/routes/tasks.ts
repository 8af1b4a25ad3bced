import { Type } from 'typebox';
import type { App } from '../http/app.js';
import { streamSignal } from '../http/request-signal.js';
import { sendEvents } from '../http/sse.js';
import { TaskSchema } from '../jobs/task.js';
import { binary, problems, ref } from '../schemas/common.js';
import { DatasetParams } from '../schemas/params.js';
import type { RouteContext } from './context.js';

const TaskParams = Type.Object({ task: Type.String({ format: 'uuid' }) });

/** Work on whole datasets that is no import: verifications, snapshots. */
export function taskRoutes(app: App, { engine: { catalog }, tasks, limits, stopped }: RouteContext): void {
  const tags = ['tasks'];
  const config = { rateLimit: { max: limits.jobsPerMinute, timeWindow: 60_000 } };

  app.post(
    '/v1/datasets/:dataset/verifications',
    {
      config,
      schema: {
        tags,
        operationId: 'verifyDataset',
        summary: 'Prove that the database holds what the annotation files say',
        description: 'Reads every annotation file again and compares each record.',
        params: DatasetParams,
        response: { 202: ref(TaskSchema), ...problems(404, 503) },
      },
    },
    async (request, reply) => {
      const { dataset } = request.params;
      // Answers with 404 where there is no such dataset.
      await catalog.categories(dataset);
      const task = await tasks.start({ kind: 'verification', dataset });
      return reply.code(202).header('location', `/v1/tasks/${task.id}`).send(task);
    },
  );

  app.get(
    '/v1/tasks',
    {
      schema: {
        tags,
        operationId: 'listTasks',
        summary: 'All tasks asked for, the newest first; also those before a restart',
        response: { 200: Type.Object({ items: Type.Array(ref(TaskSchema)) }), ...problems() },
      },
    },
    () => ({ items: [...tasks.list()] }),
  );

  app.get(
    '/v1/tasks/:task',
    {
      schema: {
        tags,
        operationId: 'getTask',
        summary: 'State, progress and result of a task',
        params: TaskParams,
        response: { 200: ref(TaskSchema), ...problems(404) },
      },
    },
    (request) => tasks.get(request.params.task),
  );

  app.get(
    '/v1/tasks/:task/events',
    {
      schema: {
        tags,
        operationId: 'watchTask',
        summary: 'Progress as server-sent events',
        description: 'Each `task` event is the whole task. The stream ends when it is done, failed or cancelled.',
        params: TaskParams,
        response: { 200: binary('Events', 'text/event-stream'), ...problems(404) },
      },
    },
    (request, reply) => {
      tasks.get(request.params.task);
      const signal = AbortSignal.any([streamSignal(reply, limits.stallTimeoutMs), stopped]);
      return sendEvents(reply, 'task', tasks.watch(request.params.task, signal));
    },
  );

  app.post(
    '/v1/tasks/:task/cancel',
    {
      config,
      schema: {
        tags,
        operationId: 'cancelTask',
        summary: 'Stop a task',
        params: TaskParams,
        response: { 200: ref(TaskSchema), ...problems(404, 409) },
      },
    },
    (request) => tasks.cancel(request.params.task),
  );
}
