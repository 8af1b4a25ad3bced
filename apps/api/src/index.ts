export { createApi } from './server.js';
export type { ApiServer } from './server.js';
export type { ApiLimits, ApiOptions } from './options.js';
export { ApiError } from './errors.js';
export type { ApiErrorCode } from './errors.js';
export { createApiEngine } from './api-engine.js';
export type { ApiParts } from './api-engine.js';
export type {
  ApiEngine,
  CheckPort,
  ExportPort,
  ImportPort,
  MediaPort,
  OperationInfo,
  PluginInfo,
  PluginPort,
  ThumbnailPort,
} from './ports.js';
