// A process that writes to a disk cache until it is killed, and prints a dot for each hundred thumbnails:
// node cache-writer.mjs DIR MAX_BYTES FIRST_KEY
import { createDiskCache } from '../src/disk-cache/disk-cache.js';
import { keyOf, thumbnailOf } from './cache.js';

const [dir = '', maxBytes = '', first = ''] = process.argv.slice(2);
const cache = createDiskCache({ dir, maxBytes: Number(maxBytes) });
process.stdout.write(`${cache.stats.role}\n`);
for (let i = Number(first); ; i++) {
  cache.put(keyOf(i % 3000), thumbnailOf(i % 3000));
  cache.get(keyOf((i * 31) % 3000));
  if (i % 100 === 0) process.stdout.write('.');
}
