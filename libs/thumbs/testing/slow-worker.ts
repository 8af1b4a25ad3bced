// The worker of the portable engine, which at some qualities loops (1), ends its thread (2) or eats its memory (3).
import type { RenderAnswer, RenderTask } from '../src/jimp/worker.js';
import run from '../src/jimp/worker.js';

const eaten: string[][] = [];

async function misbehave(task: RenderTask): Promise<RenderAnswer> {
  const quality = 'render' in task ? task.render.quality : 0;
  if (quality === 1) for (;;) eaten.length = 0;
  if (quality === 2) process.exit(9);
  // In small pieces: V8 ends a thread between two of them, and the whole process when one does not fit.
  if (quality === 3) for (;;) eaten.push(Array.from({ length: 1_000 }, (_, i) => `${i}`));
  return await run(task);
}

// eslint-disable-next-line no-restricted-syntax -- the pool's contract
export default misbehave;
