export { clarinetEngine } from './clarinet-engine.js';
