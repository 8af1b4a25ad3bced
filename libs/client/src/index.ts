export { createDataVisClient } from './client.js';
export type { DataVisClient, DataVisClientOptions } from './client.js';
export { isProblemError, ProblemError, unwrap } from './problem.js';
export type { Problem } from './problem.js';
export { watchImport, watchTask } from './watch.js';
export type { Job, Task, WatchOptions } from './watch.js';
export type { components, operations, paths } from './schema.js';
