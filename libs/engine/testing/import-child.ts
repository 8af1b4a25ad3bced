// A process that imports one file and is killed on the way: `node import-child.mjs DATABASE FILE [GCS_ENDPOINT]`.
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { createEngine } from '../src/engine.js';
import { storesOn } from './gcs.js';

const [, , path = '', file = '', endpoint = ''] = process.argv;
const database = await openDuckDb(path);
// Small pieces and few of them ahead, so that what was read is not far before what was kept.
const stores = storesOn(endpoint, { pieceBytes: 65_536, piecesAhead: 2 });
const engine = await createEngine({ database, stores }, { commitRows: 512, batchRows: 128 });
process.stdout.write('ready\n');
await engine.import({ sources: [file], dataset: 'set', media: false });
await database.close();
process.stdout.write('done\n');
