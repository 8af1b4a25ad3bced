// A process that imports one file and is killed on the way: `node import-child.mjs DATABASE FILE`.
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { createEngine } from '../src/engine.js';

const [, , path = '', file = ''] = process.argv;
const database = await openDuckDb(path);
const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
const engine = await createEngine({ database, stores }, { commitRows: 512, batchRows: 128 });
process.stdout.write('ready\n');
await engine.import({ sources: [file], dataset: 'set', media: false });
await database.close();
process.stdout.write('done\n');
