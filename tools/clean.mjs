// Removes the named folders below the current one, so that a build never ships the output of a deleted source.
import { rmSync } from 'node:fs';

for (const folder of process.argv.slice(2)) rmSync(folder, { recursive: true, force: true });
