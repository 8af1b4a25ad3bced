import { Type } from 'typebox';
import type { Static } from 'typebox';
import { oneOf, ref } from '../schemas/common.js';
import { ProblemSchema } from '../schemas/problem.js';
import { SnapshotNameParam, DatasetParam } from '../schemas/params.js';

const DatasetOrAll = Type.Union([DatasetParam, Type.Null()], { description: 'null: all datasets' });

export const TaskRequestSchema = Type.Union(
  [
    Type.Object({ kind: Type.Literal('snapshot'), name: SnapshotNameParam, dataset: DatasetOrAll }),
    Type.Object({ kind: Type.Literal('verification'), dataset: DatasetParam }),
  ],
  { $id: 'TaskRequest' },
);
export type TaskRequest = Static<typeof TaskRequestSchema>;

export const TaskProgressSchema = Type.Object(
  { step: Type.String(), done: Type.Integer({ minimum: 0 }), total: Type.Integer({ minimum: 0 }) },
  { $id: 'TaskProgress' },
);
export type TaskProgress = Static<typeof TaskProgressSchema>;

export const SnapshotResultSchema = Type.Object(
  {
    dataset: DatasetOrAll,
    bytes: Type.Integer(),
    rows: Type.Record(Type.String(), Type.Integer(), { description: 'By table' }),
    leftOut: Type.Array(Type.String(), {
      description: 'Tables of plugins of which nothing says to which dataset their rows belong',
    }),
    elapsedMs: Type.Number(),
  },
  { $id: 'SnapshotResult' },
);

export const VerificationResultSchema = Type.Object(
  {
    dataset: Type.String(),
    equal: Type.Boolean({ description: 'Every source is there, as imported, and equal in all sections' }),
    sources: Type.Array(
      Type.Object({
        uri: Type.String(),
        state: Type.String({ description: '`equal`, `different`, `changed`, `missing` or `partial`' }),
        sections: Type.Array(
          Type.Object({
            section: Type.String(),
            equal: Type.Boolean(),
            sourceRecords: Type.Integer(),
            storedRecords: Type.Integer(),
            sourceChecksum: Type.String(),
            storedChecksum: Type.String(),
            onlyOrderDiffers: Type.Boolean(),
            firstDifference: Type.Optional(Type.Integer({ description: 'Index in the source' })),
          }),
        ),
      }),
    ),
    elapsedMs: Type.Number(),
  },
  { $id: 'VerificationResult' },
);

const TaskResult = Type.Union([ref(SnapshotResultSchema), ref(VerificationResultSchema), Type.Null()]);
export type TaskResult = NonNullable<Static<typeof TaskResult>>;

export const TaskSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    state: oneOf(['queued', 'running', 'cancelled', 'done', 'failed']),
    request: ref(TaskRequestSchema),
    progress: Type.Union([ref(TaskProgressSchema), Type.Null()]),
    result: TaskResult,
    error: Type.Union([ref(ProblemSchema), Type.Null()]),
    createdAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Task', description: 'A snapshot that is made, or a dataset that is verified' },
);
export type Task = Static<typeof TaskSchema>;
