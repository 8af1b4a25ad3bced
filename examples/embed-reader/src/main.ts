import { createReadStream } from 'node:fs';
import { boxHistogram } from './box-histogram.js';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: box-histogram FILE.json');
console.table(Object.fromEntries(await boxHistogram(createReadStream(path))));
