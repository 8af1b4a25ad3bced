// For programs that start a whole server by themselves, such as `datavis serve`.
export { compose } from './composition.js';
export type { Application } from './composition.js';
export { readConfig } from './config.js';
export type { ApiConfig } from './config.js';
export { terminated } from './terminated.js';
