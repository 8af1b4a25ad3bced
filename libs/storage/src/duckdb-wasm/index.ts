export type { WasmBindings, WasmOpenConfig } from './bindings.js';
export { openWasmDatabase } from './node.js';
export type { OpenWasmOptions } from './node.js';
export { WasmDatabase } from './wasm-database.js';
export type { WasmDatabaseOptions } from './wasm-database.js';
