export { createDataVisClient } from './client.js';
export type { DataVisClient, DataVisClientOptions } from './client.js';
export { isProblemError, ProblemError, unwrap } from './problem.js';
export type { Problem } from './problem.js';
export { watchImport } from './watch-import.js';
export type { Job } from './watch-import.js';
export type { components, operations, paths } from './schema.js';
