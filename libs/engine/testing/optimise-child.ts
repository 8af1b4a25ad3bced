// A process that optimises a database again and again, and is killed on the way: `node optimise-child.mjs DATABASE`.
import { Catalog } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { optimiseCatalog } from '../src/optimise/optimise-catalog.js';

const database = await openDuckDb(process.argv[2] ?? '');
const catalog = await Catalog.open(database);
process.stdout.write('ready\n');
for (let round = 0; round < 20; round += 1) await optimiseCatalog(catalog);
await database.close();
