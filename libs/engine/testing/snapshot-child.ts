// A process that makes one snapshot after another, and is killed on the way: `node snapshot-child.mjs DATABASE FOLDER`.
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { createSnapshotFolder } from '../src/snapshot/snapshot-folder.js';

const [, , path = '', folder = ''] = process.argv;
const database = await openDuckDb(path);
const snapshots = createSnapshotFolder(database, folder);
process.stdout.write('ready\n');
for (let number = 0; number < 3; number += 1) await snapshots.create({ name: `s${number}` });
await database.close();
