import { Type } from 'typebox';
import type { Static } from 'typebox';
import { oneOf, ref } from '../schemas/common.js';
import { ProblemSchema } from '../schemas/problem.js';

const Counts = Type.Record(Type.String(), Type.Integer());

export const ImportRequestSchema = Type.Object(
  {
    sources: Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
      minItems: 1,
      maxItems: 1000,
      description: 'Folders, annotation files, archives: absolute paths or URIs below the roots of the server',
    }),
    dataset: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Default: the name of the source' }),
    ),
    split: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Default: by the layout' })),
    images: Type.Optional(
      Type.String({ minLength: 1, maxLength: 4096, description: 'Where the pictures lie. Default: by the layout' }),
    ),
    format: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'Another format than COCO, read by a plugin of the server; `auto` asks all of them',
      }),
    ),
    formatOptions: Type.Optional(
      Type.Record(Type.String(), Type.Unsafe<unknown>({}), {
        description: 'What the importer of the format takes',
      }),
    ),
    media: Type.Optional(Type.Boolean({ default: true, description: 'Whether pictures are looked up' })),
    policy: Type.Optional(oneOf(['strict', 'tolerant', 'repair'], { default: 'tolerant' })),
  },
  { additionalProperties: false, $id: 'ImportRequest' },
);
export type ImportRequest = Static<typeof ImportRequestSchema>;

export const ImportProgressSchema = Type.Object(
  {
    uri: Type.String({ description: 'Annotation file being read' }),
    source: Type.Integer({ minimum: 1, description: 'Its number among all' }),
    sources: Type.Integer({ minimum: 1 }),
    phase: Type.String({ description: '`read`, `link`, `media` or `pictures`' }),
    bytesRead: Type.Number({ minimum: 0, description: 'Over all annotation files' }),
    bytesTotal: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    read: Type.Record(Type.String(), Type.Integer(), { description: 'Records so far, by section' }),
    elapsedMs: Type.Number(),
    bytesPerSecond: Type.Number(),
    etaMs: Type.Optional(Type.Number()),
  },
  { $id: 'ImportProgress' },
);
export type ImportProgress = Static<typeof ImportProgressSchema>;

export const ImportResultSchema = Type.Object(
  {
    dataset: Type.String(),
    run: Type.Integer({ description: 'Key of the last run' }),
    read: Counts,
    imported: Counts,
    refused: Counts,
    datasetRows: Type.Optional(
      Type.Record(Type.String(), Type.Integer(), {
        description: 'What the dataset holds now: an image of which several files speak is one row',
      }),
    ),
    findings: Counts,
    elapsedMs: Type.Number(),
    sources: Type.Array(
      Type.Object({
        uri: Type.String(),
        split: Type.Union([Type.String(), Type.Null()]),
        state: Type.String({ description: '`imported`, `resumed`, `unchanged` or `changed`' }),
        run: Type.Integer(),
        newImages: Type.Integer(),
        newCategories: Type.Integer(),
      }),
    ),
  },
  { $id: 'ImportResult', description: 'read = imported + refused, by section' },
);
export type ImportResult = Static<typeof ImportResultSchema>;

export const JobSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    state: oneOf(['queued', 'running', 'paused', 'done', 'failed']),
    request: ref(ImportRequestSchema),
    progress: Type.Union([ref(ImportProgressSchema), Type.Null()]),
    result: Type.Union([ref(ImportResultSchema), Type.Null()]),
    error: Type.Union([ref(ProblemSchema), Type.Null()]),
    createdAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Job', description: 'An import. `paused` and `failed` ones go on where they stopped when resumed.' },
);
export type Job = Static<typeof JobSchema>;
