export { createApi } from './server.js';
export type { ApiServer } from './server.js';
export type { ApiLimits, ApiOptions } from './options.js';
export { ApiError } from './errors.js';
export type { ApiErrorCode } from './errors.js';
export type { ApiEngine } from './ports.js';
