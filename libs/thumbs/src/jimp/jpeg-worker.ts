import { decodeMeans, type RgbBitmap } from './jpeg/decode-means.js';
import { type WorkerFailure, workerFailure } from './worker-failure.js';

/** What a thread that shrinks JPEG is asked. */
export interface MeansTask {
  readonly input: Uint8Array;
  /** EXIF orientation to turn it upright by, 1 for none. */
  readonly orientation: number;
}

/** What it answers, or a {@link WorkerFailure}. */
export interface MeansAnswer {
  readonly bitmap: RgbBitmap;
}

/** Entry of the worker threads that shrink JPEG by eight; the pool calls it by its being the default export. */
function run({ input, orientation }: MeansTask): MeansAnswer | WorkerFailure {
  try {
    const bitmap = decodeMeans(Buffer.from(input.buffer, input.byteOffset, input.length), orientation);
    return { bitmap };
  } catch (error) {
    return workerFailure(error);
  }
}

// eslint-disable-next-line no-restricted-syntax -- the pool's contract
export default run;
