// Says which engine a process gets, and what that makes of a picture: node load-engine.mjs PICTURE JIMP_WORKER
import { readFileSync } from 'node:fs';
import { loadThumbnailEngine } from '../src/load-engine.js';
import { thumbnailOptions } from '../src/options.js';

const [picture = '', worker = ''] = process.argv.slice(2);
let reason = '';
const engine = await loadThumbnailEngine({
  jimp: { worker: new URL(worker), concurrency: 1 },
  onFallback: (error) => (reason = error.message),
});
const { widthPx, heightPx, contentType } = await engine.render(readFileSync(picture), thumbnailOptions());
await engine.close();
console.log(JSON.stringify({ engine: engine.fingerprint.split('/')[0], reason, widthPx, heightPx, contentType }));
