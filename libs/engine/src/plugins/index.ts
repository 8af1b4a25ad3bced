export { createPluginHost, hostOf } from './host.js';
export type { PluginHost, PluginHostDeps, PluginRunRequest, PluginStatus } from './host.js';
export type { PluginRun, TransformedBatch } from './plugin-run.js';
export { PluginError } from './errors.js';
export type { PluginErrorCode } from './errors.js';
export type { LoadedPlugin } from './loaded-plugin.js';
export { startWatchdog } from './watchdog.js';
export type { BlockNotice, Watchdog, WatchdogOptions } from './watchdog.js';
