export { decodeCounts, encodeCounts, fromCoco, rleArea, rleBbox, toCoco } from './rle.js';
export type { CocoRle, Rle } from './rle.js';
export { decodeMask, encodeMask, mergeMasks } from './mask.js';
export { polygonsToRle, polygonToRle } from './polygon.js';
