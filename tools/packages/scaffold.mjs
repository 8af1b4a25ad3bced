// From nothing to a plugin's own column in the database, as its author would do it: create, build, check, test, import.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../exec.mjs';
import { root } from '../workspace.mjs';

const KINDS = ['columns', 'importer', 'storage', 'operation'];
const LIMIT_MS = 180_000;

const COCO = {
  images: [{ id: 1, file_name: 'a.jpg' }],
  annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 5] }],
  categories: [{ id: 1, name: 'cat' }],
};

/** Runs the packed scaffold and command line in a consumer's project. */
export async function checkScaffold(tally, consumer) {
  const bins = [join(consumer, 'node_modules', '.bin'), join(root, 'node_modules', '.bin'), process.env.PATH];
  const env = { PATH: bins.join(':') };
  for (const kind of KINDS) {
    await tally.check(`scaffold ${kind}: create, build, check, test`, async () => {
      const startedMs = performance.now();
      const name = `datavis-plugin-my-${kind}`;
      const cwd = join(consumer, name);
      await exec('create-plugin', [name, '--kind', kind], { cwd: consumer, env });
      await exec('npm', ['run', '--silent', 'build'], { cwd, env, timeoutMs: LIMIT_MS });
      await exec('npm', ['run', '--silent', 'check'], { cwd, env, timeoutMs: LIMIT_MS });
      await exec('npm', ['test', '--silent'], { cwd, env, timeoutMs: LIMIT_MS });
      if (kind === 'columns') await importWith(cwd, env);
      const elapsedMs = performance.now() - startedMs;
      console.log(`scaffold ${kind}: ${Math.round(elapsedMs / 1000)} s (at most ${LIMIT_MS / 1000})`);
      if (elapsedMs > LIMIT_MS) throw new Error(`took ${Math.round(elapsedMs / 1000)} s`);
    });
  }
}

async function importWith(cwd, env) {
  writeFileSync(join(cwd, 'coco.json'), JSON.stringify(COCO));
  await exec('datavis', ['import', 'coco.json', '--no-media', '--json', '--plugin', '.'], { cwd, env });
  const sql = 'SELECT area_px FROM plg_my_columns.annotations';
  const { stdout } = await exec('datavis', ['query', sql, '--json'], { cwd, env });
  if (JSON.stringify(JSON.parse(stdout)) !== '[{"area_px":20}]') throw new Error(`the column holds ${stdout}`);
}
