#!/usr/bin/env node
// A fake GCS as a process of its own: fake-gcs [--port N] [--bucket NAME=FOLDER]... [--faults FILE]
import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { startFakeGcs } from './index.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    bucket: { type: 'string', multiple: true, default: [] },
    faults: { type: 'string' },
  },
});
const server = await startFakeGcs({ port: Number(values.port) });
for (const mapping of values.bucket) {
  const [bucket, folder] = mapping.split('=');
  server.createBucket(bucket);
  if (folder === undefined) continue;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    server.put(bucket, relative(folder, path).split(sep).join('/'), await readFile(path));
  }
}
if (values.faults !== undefined) server.faults.add(...JSON.parse(await readFile(values.faults, 'utf8')));
console.log(server.url);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close());
