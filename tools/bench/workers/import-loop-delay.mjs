// Imports a file as a server does, and prints how long the event loop was kept from other work meanwhile.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createEngine } from '@datavis/engine';
import { createCocoWorker } from '@datavis/ingest-coco/worker';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { createStores } from '@datavis/storage/stores';

const [, , input, file] = process.argv;
const RESOLUTION_MS = 5;

const database = await openDuckDb(file);
const worker = createCocoWorker();
const engine = await createEngine({ database, stores: createStores(), reader: worker });
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
const { imported } = await engine.import({ sources: [input], dataset: 'bench', media: false });
delay.disable();
await worker.close();
await database.close();
// The timer's own interval is no delay.
const ms = (nanoseconds) => nanoseconds / 1e6 - RESOLUTION_MS;
const metrics = {
  annotations: imported.annotations,
  loopP99Ms: ms(delay.percentile(99)),
  loopMaxMs: ms(delay.max),
};
console.log(JSON.stringify({ metrics }));
