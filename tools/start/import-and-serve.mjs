// The second half of `npm start`: dataset, plugin, import, server, URLs. Everything it makes is in .datavis, which git
// ignores; delete that folder to begin anew.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { root, run, runBin } from '../workspace.mjs';

const home = join(root, '.datavis');
const datavis = join(root, 'apps', 'cli', 'bin', 'datavis.js');
// Beside the database, where the server looks for it.
const config = join(home, 'datavis.config.mjs');
const plugin = join(root, 'examples', 'plugins', 'box-stats');

/** The drawn sample, with an example plugin that adds columns. Made and imported once. */
function importSample(database) {
  const done = join(home, 'sample.imported');
  if (existsSync(done) && existsSync(database)) return 0;
  const folder = join(home, 'sample');
  if (!existsSync(folder)) {
    console.log('Drawing a sample dataset …');
    // Under its name when it is whole: a start that is broken off begins anew.
    const unfinished = `${folder}.part`;
    rmSync(unfinished, { recursive: true, force: true });
    const code = run(process.execPath, [join(root, 'tools', 'sample', 'make-sample.mjs'), unfinished]);
    if (code !== 0) return code;
    renameSync(unfinished, folder);
  }
  const built = runBin('typescript-7/bin/tsc', ['-p', plugin]);
  if (built !== 0) return built;
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
  return code;
}

/** A path as it was meant where npm was called: npm itself goes to the folder of package.json. */
function meant(path) {
  return /^[a-z][a-z0-9+.-]+:/i.test(path) ? path : resolve(process.env.INIT_CWD ?? process.cwd(), path);
}

/** Datasets of one name in several places are several databases. */
function databaseOf(sources) {
  const name = basename(sources[0]).replaceAll(/[^\w.-]/g, '_') || 'dataset';
  const place = createHash('sha256').update(sources.join('\n')).digest('hex').slice(0, 8);
  return join(home, `${name}-${place}.duckdb`);
}

/** A dataset of the user: an import that changes nothing when nothing has changed. */
function importOwn(sources, database) {
  return run(process.execPath, [datavis, 'import', ...sources, '--db', database]);
}

/** The server of an earlier start, where it answers. */
async function runningServer(database) {
  const { databaseHolder } = await import('@datavis/storage/duckdb-node');
  const url = databaseHolder(database)?.url;
  if (url === undefined) return undefined;
  const isHealthy = await fetch(`${url}/health`).then(
    (answer) => answer.ok,
    () => false,
  );
  return isHealthy ? url : undefined;
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
}

/** Serves until Ctrl-C, which reaches the server too: this process only waits for its end. */
async function serve(database) {
  const port = await choosePort();
  const child = spawn(process.execPath, [datavis, 'serve', '--db', database, '--port', String(port)], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const isFirst = !said.includes('\n');
    said += text;
    const url = / at (https?:\S+)/.exec(said)?.[1];
    if (!isFirst || !said.includes('\n') || url === undefined) return;
    printUrls(url).then(
      () => console.log('\nCtrl-C ends it.'),
      (error) => console.error(String(error)),
    );
  });
  return await new Promise((done) => child.on('exit', (code) => done(code ?? 130)));
}

const USAGE = `npm start            imports the drawn sample dataset and serves it
npm start -- PATH…   the same with a dataset of your own: folder, annotation file, zip archive, gs://bucket/prefix`;

export async function importAndServe(words) {
  if (words.some((word) => word.startsWith('-'))) {
    const isHelp = words.every((word) => word === '--help' || word === '-h');
    (isHelp ? console.log : console.error)(USAGE);
    return isHelp ? 0 : 2;
  }
  mkdirSync(home, { recursive: true });
  const sources = words.map(meant);
  const database = sources.length > 0 ? databaseOf(sources) : join(home, 'sample.duckdb');
  const url = await runningServer(database);
  if (url !== undefined) {
    console.log('It is served already, by an earlier start. To import anew, end that one first (Ctrl-C there).');
    await printUrls(url);
    return 0;
  }
  const code = sources.length > 0 ? importOwn(sources, database) : importSample(database);
  return code === 0 ? await serve(database) : code;
}
