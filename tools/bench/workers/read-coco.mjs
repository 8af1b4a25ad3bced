// Reads a COCO file with the built package and prints what it saw. With `--times N`, the annotations of the file come N
// times, as from a file that much larger.
import { open } from 'node:fs/promises';
import { readCoco } from '@datavis/ingest-coco';
import { fileSource } from '@datavis/ingest-coco/node';

const [, , path, , times = '1'] = process.argv;

async function* repeated(file, count) {
  const handle = await open(file, 'r');
  const { size } = await handle.stat();
  const tail = Buffer.alloc(1 << 20);
  await handle.read(tail, 0, tail.length, size - tail.length);
  const end = size - tail.length + tail.lastIndexOf('],"categories"');
  const buffer = Buffer.alloc(256 * 1024);
  let start = -1;
  for (let round = 0; round < count; round++) {
    for (let at = Math.max(start, 0); at < end;) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at);
      const found = start < 0 ? buffer.subarray(0, bytesRead).indexOf('"annotations": [') : -1;
      if (found >= 0) start = at + found + '"annotations": ['.length;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    yield Buffer.from(round + 1 < count ? ',' : ']}');
  }
  await handle.close();
}

const source = times === '1' ? await fileSource(path) : repeated(path, Number(times));
const { user: before } = process.cpuUsage();
const reader = readCoco(source, { reuseMemory: true });
let coordinates = 0;
for await (const batch of reader.batches()) {
  if (batch.table === 'annotations') coordinates += batch.columns.polygons.values.length;
}
const userSeconds = (process.cpuUsage().user - before) / 1e6;
const { byteOffset, sections } = reader.cursor;
const annotations = sections.find(({ name }) => name === 'annotations').imported;
const mbPerCpuSecond = byteOffset / 1e6 / userSeconds;
console.log(JSON.stringify({ metrics: { annotations, coordinates, mbPerCpuSecond } }));
