// By the clock: from an empty folder to a plugin's own column in an answer of the API, with nothing but the tarballs.
// An author creates, installs, builds, checks and packs a plugin (its tests run in scaffold.mjs); a user installs it into a host and serves.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../exec.mjs';
import { install } from './consumer.mjs';
import { get, serve } from './serve.mjs';

const LIMIT_MS = 180_000;
const PLUGIN = 'datavis-plugin-my-boxes';

const COCO = {
  images: [{ id: 1, file_name: 'a.jpg' }],
  annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 5] }],
  categories: [{ id: 1, name: 'cat' }],
};

/** Runs programs of a project that has installed them, as its npm scripts do. */
function programsOf(folder) {
  const env = { PATH: `${join(folder, 'node_modules', '.bin')}:${process.env.PATH}` };
  return (command, ...args) => exec(command, args, { cwd: folder, env, timeoutMs: LIMIT_MS });
}

/** `npm create @datavis/plugin`: npm installs the scaffold into a folder of its own and runs it. Returns the plugin. */
async function create(folder, tarballs) {
  const scaffold = join(folder, 'npm-create');
  await install(scaffold, { dependencies: { '@datavis/create-plugin': '*' } }, tarballs);
  const bin = join(scaffold, 'node_modules', '.bin', 'create-plugin');
  await exec(bin, [PLUGIN, '--kind', 'columns'], { cwd: folder });
  return join(folder, PLUGIN);
}

/** What the README of the plugin tells its author to do. Returns the packed plugin. */
async function author(plugin, tarballs) {
  const manifest = JSON.parse(readFileSync(join(plugin, 'package.json'), 'utf8'));
  await install(plugin, manifest, tarballs);
  const run = programsOf(plugin);
  for (const script of ['build', 'check']) await run('npm', 'run', '--silent', script);
  const { stdout } = await run('npm', 'pack', '--json');
  return join(plugin, Object.values(JSON.parse(stdout))[0].filename);
}

/** A user's project with the command line and the plugin, which a config names; a dataset is imported and served. */
async function use(host, plugin, tarballs) {
  const dependencies = { '@datavis/cli': '*', [PLUGIN]: `file:${plugin}` };
  await install(host, { name: 'host', private: true, type: 'module', dependencies }, tarballs);
  writeFileSync(join(host, 'datavis.config.json'), JSON.stringify({ plugins: [PLUGIN] }));
  mkdirSync(join(host, 'boxes'));
  writeFileSync(join(host, 'boxes', 'annotations.json'), JSON.stringify(COCO));
  await programsOf(host)('datavis', 'import', 'boxes', '--no-media', '--json', '--db', 'boxes.duckdb');
  const bin = join(host, 'node_modules', '@datavis', 'cli', 'bin', 'datavis.js');
  const { url, stop } = serve(bin, 'boxes.duckdb', { cwd: host });
  try {
    const response = await get(`${await url}/v1/datasets/boxes/annotations`);
    const { items } = await response.json();
    const found = JSON.stringify(items.map(({ id, plugins }) => ({ id, plugins })));
    const wanted = JSON.stringify([{ id: 1, plugins: { my_boxes: { area_px: 20 } } }]);
    if (found !== wanted) throw new Error(`the API answers ${found}, not ${wanted}`);
  } finally {
    await stop();
  }
}

/** One check: every step has to work, and all of them together to stay below the limit. */
export async function checkNewcomer(tally, tarballs, folder) {
  await tally.check('from an empty folder to an own column in the API, in under 3 minutes', async () => {
    mkdirSync(folder);
    const seconds = {};
    const startedMs = performance.now();
    const timed = async (step, work) => {
      const beganMs = performance.now();
      const result = await work();
      seconds[step] = Math.round((performance.now() - beganMs) / 100) / 10;
      return result;
    };
    const plugin = await timed('create', () => create(folder, tarballs));
    const packed = await timed('install, build, check, pack', () => author(plugin, tarballs));
    await timed('install into a host, import, serve, ask', () => use(join(folder, 'host'), packed, tarballs));
    const elapsedMs = performance.now() - startedMs;
    console.log(`newcomer: ${Math.round(elapsedMs / 1000)} s of ${LIMIT_MS / 1000} (${JSON.stringify(seconds)})`);
    if (elapsedMs > LIMIT_MS) throw new Error(`it took ${Math.round(elapsedMs / 1000)} s`);
  });
}
