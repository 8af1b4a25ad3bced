// The second half of `npm start`: dataset, plugin, import, server, URLs. Everything it makes is in .datavis, which git
// ignores; delete that folder to begin anew.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { root, run, runBin } from '../workspace.mjs';

const home = join(root, '.datavis');
const datavis = join(root, 'apps', 'cli', 'bin', 'datavis.js');
// Beside the database, where the server looks for it.
const config = join(home, 'datavis.config.mjs');
const plugin = join(root, 'examples', 'plugins', 'box-stats');

/** The drawn sample, with an example plugin that adds columns. Made and imported once. */
function importSample() {
  const database = join(home, 'sample.duckdb');
  const done = join(home, 'sample.imported');
  if (existsSync(done) && existsSync(database)) return { database, code: 0 };
  const folder = join(home, 'sample');
  if (!existsSync(folder)) {
    console.log('Drawing a sample dataset …');
    const code = run(process.execPath, [join(root, 'tools', 'sample', 'make-sample.mjs'), folder]);
    if (code !== 0) return { database, code };
  }
  const built = runBin('typescript-7/bin/tsc', ['-p', plugin]);
  if (built !== 0) return { database, code: built };
  writeFileSync(config, `export default { plugins: [${JSON.stringify(plugin)}] };\n`);
  const code = run(process.execPath, [
    datavis,
    'import',
    folder,
    '--db',
    database,
    '--dataset',
    'sample',
    '--config',
    config,
  ]);
  if (code === 0) writeFileSync(done, '');
  return { database, code };
}

/** A dataset of the user: an import that changes nothing when nothing has changed. */
function importOwn(paths) {
  const name = basename(resolve(paths[0] ?? '')).replaceAll(/[^\w.-]/g, '_') || 'dataset';
  const database = join(home, `${name}.duckdb`);
  const code = run(process.execPath, [datavis, 'import', ...paths, '--db', database]);
  return { database, code };
}

/** The usual port, or any free one when something listens there already. */
function choosePort(wanted = 8080) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(0));
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => done(wanted)));
  });
}

async function printUrls(url) {
  const json = async (path) => (await fetch(url + path)).json();
  const { items: datasets } = await json('/v1/datasets');
  const [dataset] = datasets;
  console.log(`\n  API          ${url}/v1/datasets`);
  console.log(`  interactive  ${url}/docs`);
  if (dataset !== undefined) {
    const path = `/v1/datasets/${encodeURIComponent(dataset.name)}/images`;
    const { items } = await json(`${path}?limit=1`);
    console.log(`  images       ${url}${path}`);
    if (items[0] !== undefined) console.log(`  thumbnail    ${url}${items[0].urls.thumbnail}`);
    console.log(`  sheet        ${url}/v1/datasets/${encodeURIComponent(dataset.name)}/contact-sheet?limit=16`);
  }
  console.log('\nCtrl-C ends it.');
}

/** Serves until Ctrl-C, which reaches the server too: this process only waits for its end. */
async function serve(database) {
  const port = await choosePort();
  const child = spawn(process.execPath, [datavis, 'serve', '--db', database, '--port', String(port), '--json'], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const isFirst = !said.includes('\n');
    said += text;
    if (isFirst && said.includes('\n')) {
      printUrls(JSON.parse(said.split('\n')[0]).url).catch((error) => console.error(String(error)));
    }
  });
  return await new Promise((done) => child.on('exit', (code) => done(code ?? 130)));
}

export async function importAndServe(paths) {
  mkdirSync(home, { recursive: true });
  const { database, code } = paths.length > 0 ? importOwn(paths) : importSample();
  return code === 0 ? await serve(database) : code;
}
