export { fileSource } from './file-source.js';
export type { FileSourceOptions } from './file-source.js';
