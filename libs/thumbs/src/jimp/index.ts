export { createJimpEngine } from './jimp-engine.js';
export type { JimpEngineOptions } from './jimp-engine.js';
export { jpegFormat } from './jpeg-format.js';
export type { JpegDecodeOptions } from './jpeg-format.js';
export { webpFormat } from './webp-format.js';
