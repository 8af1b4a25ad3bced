import type { TSchema } from 'typebox';
import { ImportProgressSchema, ImportRequestSchema, ImportResultSchema, JobSchema } from '../jobs/job.js';
import {
  SnapshotResultSchema,
  TaskProgressSchema,
  TaskRequestSchema,
  TaskSchema,
  VerificationResultSchema,
} from '../jobs/task.js';
import { DuplicatesSchema } from './duplicates.js';
import { ProblemSchema } from './problem.js';
import {
  AnnotationSchema,
  CategorySchema,
  DatasetSchema,
  FindingSchema,
  ImageSchema,
  StatsSchema,
} from './resources.js';
import { SnapshotSchema } from './snapshot.js';

/** Schemas with names of their own in the OpenAPI document. */
export const sharedSchemas: readonly TSchema[] = [
  ProblemSchema,
  ImportRequestSchema,
  ImportProgressSchema,
  ImportResultSchema,
  JobSchema,
  DatasetSchema,
  ImageSchema,
  AnnotationSchema,
  CategorySchema,
  FindingSchema,
  StatsSchema,
  DuplicatesSchema,
  SnapshotSchema,
  TaskRequestSchema,
  TaskProgressSchema,
  SnapshotResultSchema,
  VerificationResultSchema,
  TaskSchema,
];
