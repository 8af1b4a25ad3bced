import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { createObjectStoreResolver } from '@datavis/storage';
import { openLocalStore } from '@datavis/storage/local';
import { createEngine } from '../src/engine.js';
import { bundle, runChild } from './child.js';
import { dump } from './dump.js';
import { manyFiles, writeFiles } from './many-files.js';

const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });

/** A file whose import takes some 20 commits, with duplicates and references that lead nowhere. */
export function datasetText(): string {
  const images = Array.from({ length: 600 }, (_, at) => ({
    id: at,
    file_name: `${at % 590}.jpg`,
    width: 64,
    height: 48,
  }));
  const annotations = Array.from({ length: 6000 }, (_, at) => ({
    id: at % 5990,
    image_id: (at * 7) % 610,
    category_id: at % 5,
    bbox: [at % 60, at % 40, 5, 5.5],
    area: 27.5,
    iscrowd: 0,
    segmentation: [[at % 60, 1, 2, 3.25, 4, 5]],
    ...(at % 100 === 0 && { score: 'high', note: `n${at}` }),
  }));
  const categories = Array.from({ length: 4 }, (_, id) => ({ id, name: `c${id}` }));
  return JSON.stringify({
    info: { year: 2026 },
    licenses: [{ id: 1, name: 'x' }],
    images,
    annotations,
    categories,
  });
}

/** Writes what is to be imported into a folder; returns what to name. */
type Input = (folder: string) => Promise<string>;

const oneFile: Input = async (folder) => {
  const file = join(folder, 'set.json');
  await writeFile(file, datasetText());
  return file;
};

/** Some ten commits of small files, and a file between them that has several of its own. */
export const manySmallFiles: Input = async (folder) => {
  const many = join(folder, 'many');
  await writeFiles(many, manyFiles(500));
  await writeFile(join(many, '25', '250_large.json'), datasetText());
  return `${many}/**/*.json`;
};

/**
 * Kills an import at `times` moments spread at random over its whole run, lets it run again to its end (at every third
 * time it is killed once more on the way), and compares all tables with those of an unbroken import.
 */
export async function killLoop(
  times: number,
  input = oneFile,
): Promise<{ readonly kills: number; readonly broken: readonly string[] }> {
  // Beside the sources, so that the bundle finds node_modules.
  const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'kill-'));
  try {
    const script = await bundle('import-child', folder);
    const file = await input(folder);
    const whole = join(folder, 'whole.duckdb');
    let { ms } = await runChild(script, [whole, file]);
    const expected = await finish(whole, file);
    const broken: string[] = [];
    let kills = 0;
    for (let round = 0; round < times; round += 1) {
      const path = join(folder, `${round}.duckdb`);
      const momentMs = Math.random() * ms;
      const run = await runChild(script, [path, file], momentMs);
      if (run.killed) kills += 1;
      // The machine has become faster: the first run is no measure any more.
      else ms = Math.min(ms, run.ms);
      if (round % 3 === 0) await runChild(script, [path, file], Math.random() * ms);
      if (JSON.stringify(await finish(path, file)) !== JSON.stringify(expected)) {
        broken.push(`killed ${Math.round(momentMs)} ms after the start of ${Math.round(ms)}`);
      }
      await rm(path);
    }
    return { kills, broken };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lets the import go on to its end, in this process, and dumps the tables. */
async function finish(path: string, file: string): Promise<Record<string, string[]>> {
  const database = await openDuckDb(path);
  try {
    const engine = await createEngine({ database, stores }, { commitRows: 512, batchRows: 128 });
    await engine.import({ sources: [file], dataset: 'set', media: false });
    return await dump(database);
  } finally {
    await database.close();
  }
}
