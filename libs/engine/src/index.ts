export { findLayout } from './layout/find-layout.js';
export type { FindLayoutOptions } from './layout/find-layout.js';
export { locateDataset } from './layout/locate.js';
export type { LocatedDataset, LocatedSource, LocateOptions, MediaPlace } from './layout/locate.js';
export type { DatasetLayout, LayoutKind, LayoutSource } from './layout/layout.js';
export type { LayoutFile } from './layout/folders.js';
export { nameCandidates } from './media/name-candidates.js';
export type { NameBase, NameCandidate, NameCandidates, NameReading } from './media/name-candidates.js';
export { createPluginHost, hostOf, PluginError, startWatchdog } from './plugins/index.js';
export type {
  BlockNotice,
  LoadedPlugin,
  PluginErrorCode,
  PluginHost,
  PluginHostDeps,
  PluginRun,
  PluginRunRequest,
  PluginStatus,
  TransformedBatch,
  Watchdog,
  WatchdogOptions,
} from './plugins/index.js';
