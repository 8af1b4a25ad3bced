// Reads a COCO file with the built package and prints what it saw.
import { readCoco } from '@datavis/ingest-coco';
import { fileSource } from '@datavis/ingest-coco/node';

const [, , path = ''] = process.argv;
const { user: before } = process.cpuUsage();
const reader = readCoco(await fileSource(path), { reuseMemory: true });
let coordinates = 0;
for await (const batch of reader.batches()) {
  if (batch.table === 'annotations') coordinates += batch.columns.polygons.values.length;
}
const userSeconds = (process.cpuUsage().user - before) / 1e6;
const { byteOffset, sections } = reader.cursor;
const annotations = sections.find(({ name }) => name === 'annotations').imported;
const mbPerCpuSecond = byteOffset / 1e6 / userSeconds;
console.log(JSON.stringify({ metrics: { annotations, coordinates, mbPerCpuSecond } }));
