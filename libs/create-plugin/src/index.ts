export { pluginFiles, scaffold } from './scaffold.js';
export type { ScaffoldOptions } from './scaffold.js';
export { KINDS } from './templates.js';
export type { PluginKind } from './templates.js';
