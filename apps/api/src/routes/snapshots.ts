import { createReadStream } from 'node:fs';
import type { SnapshotFile } from '@datavis/engine';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ApiError } from '../errors.js';
import type { App } from '../http/app.js';
import { etagOf } from '../http/etag.js';
import { fileAnswers, fileHeaders, sendFile } from '../http/send-file.js';
import type { SentFile } from '../http/send-file.js';
import { TaskSchema } from '../jobs/task.js';
import { empty, problems, ref } from '../schemas/common.js';
import { DatasetParam, SnapshotNameParam } from '../schemas/params.js';
import { SnapshotSchema } from '../schemas/snapshot.js';
import type { RouteContext } from './context.js';

const SnapshotParams = Type.Object({ snapshot: SnapshotNameParam });
const SnapshotRequest = Type.Object(
  {
    name: Type.Optional(SnapshotNameParam),
    dataset: Type.Optional(DatasetParam),
  },
  { additionalProperties: false },
);

/** Copies of the catalog as DuckDB files: made by a task, then served to whoever runs SQL of their own. */
export function snapshotRoutes(app: App, { engine: { catalog, snapshots }, tasks, limits }: RouteContext): void {
  const tags = ['exports'];
  const config = { rateLimit: { max: limits.jobsPerMinute, timeWindow: 60_000 } };

  app.post(
    '/v1/snapshots',
    {
      config,
      schema: {
        tags,
        operationId: 'makeSnapshot',
        summary: 'Copy the catalog, or one dataset, into a DuckDB file',
        description: 'A name that is not given is made of the time. The task tells when the file is there.',
        body: SnapshotRequest,
        response: { 202: ref(TaskSchema), ...problems(404, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { dataset, name = `snapshot-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}` } = request.body;
      const names = (await catalog.datasets()).map((row) => row['name']);
      if (dataset !== undefined && !names.includes(dataset)) {
        throw new ApiError('DATAVIS_API_NOT_FOUND', 'There is no such dataset');
      }
      if ((await snapshots.list()).some((file) => file.name === name)) {
        throw new ApiError('DATAVIS_API_CONFLICT', 'There is a snapshot of this name', {
          hint: 'Choose another name, or delete that one first.',
        });
      }
      const task = await tasks.start({ kind: 'snapshot', name, dataset: dataset ?? null });
      return reply.code(202).header('location', `/v1/tasks/${task.id}`).send(task);
    },
  );

  app.get(
    '/v1/snapshots',
    {
      schema: {
        tags,
        operationId: 'listSnapshots',
        summary: 'Snapshots, the newest first',
        response: { 200: Type.Object({ items: Type.Array(ref(SnapshotSchema)) }), ...problems() },
      },
    },
    async () => ({ items: (await snapshots.list()).map(snapshotItem) }),
  );

  app.get(
    '/v1/snapshots/:snapshot',
    {
      schema: {
        tags,
        operationId: 'getSnapshot',
        summary: 'The DuckDB file of a snapshot, whole or in part',
        description: 'DuckDB and duckdb-wasm read it where it lies, by ranges.',
        params: SnapshotParams,
        headers: fileHeaders,
        response: fileAnswers('application/vnd.duckdb'),
      },
    },
    async (request, reply) => {
      const file = await snapshots.get(request.params.snapshot);
      void reply.header('content-disposition', `attachment; filename="${file.name}.duckdb"`);
      const sent: SentFile = {
        etag: etagOf(file.name, file.bytes, file.createdAt.getTime()),
        sizeBytes: file.bytes,
        type: () => Promise.resolve('application/vnd.duckdb'),
        read: ({ start, end, signal }) => createReadStream(file.path, { start, end: end - 1, signal }),
      };
      return await sendFile(request, reply, sent, limits);
    },
  );

  app.delete(
    '/v1/snapshots/:snapshot',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteSnapshot',
        summary: 'Delete a snapshot; who reads it now reads it to its end',
        params: SnapshotParams,
        response: { 204: empty('Done'), ...problems(404) },
      },
    },
    async (request, reply) => {
      await snapshots.remove(request.params.snapshot);
      return reply.code(204).send(undefined);
    },
  );
}

function snapshotItem({ name, bytes, createdAt }: SnapshotFile): Static<typeof SnapshotSchema> {
  return { name, bytes, createdAt: createdAt.toISOString(), url: `/v1/snapshots/${name}` };
}
