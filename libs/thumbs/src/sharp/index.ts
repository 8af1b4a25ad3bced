export { createSharpEngine } from './sharp-engine.js';
export type { SharpEngineOptions } from './sharp-engine.js';
