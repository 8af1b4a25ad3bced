import type { TSchema } from 'typebox';
import { ImportProgressSchema, ImportRequestSchema, ImportResultSchema, JobSchema } from '../jobs/job.js';
import { ProblemSchema } from './problem.js';
import {
  AnnotationSchema,
  CategorySchema,
  DatasetSchema,
  FindingSchema,
  ImageSchema,
  StatsSchema,
} from './resources.js';

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
];
