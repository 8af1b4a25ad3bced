export { readCoco } from './read-coco.js';
export type { CocoReader } from './read-coco.js';
export type { ReadCocoOptions, ReadOptions } from './options.js';
export type { CocoEngine, CocoEngineFactory } from './engine.js';
export type { CocoRangeSource, CocoSource } from './source.js';
export { IngestError } from './errors.js';
export type { IngestErrorCode } from './errors.js';
export { recordsOf } from './records.js';
export type { CocoRecord } from './records.js';
/** Values of columns, for those who need nothing else of the SDK. */
export { hasValue, textAt } from '@datavis/plugin-sdk';
