#!/usr/bin/env node
// One measurement of the suite `serving`, in a process of its own: `run.mjs CASE FOLDER`. FOLDER holds a sample dataset.
// Starts the server (or nginx over the same bytes), loads it with wrk, prints requests a second and latencies.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [, , name, folder, large] = process.argv;
const [WARM_UP_SECONDS, SECONDS, MIXED_SECONDS, CONNECTIONS] = [3, 8, 60, 100];
const work = join(folder, `run-${name}`);
const ended = [];
let serverPid;

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function start(command, args, env = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  serverPid = child.pid;
  ended.push(
    () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        if (!child.kill('SIGTERM')) resolve();
      }),
  );
  return child;
}

async function startDataVis(options = [], roots = []) {
  const root = [join(folder, 'sample'), ...roots].flatMap((path) => ['--root', path]);
  const db = ['--db', join(work, 'datavis.duckdb'), '--cache-dir', join(folder, 'cache'), '--port', '0'];
  return await startNode(['apps/api/bin/datavis-api.cjs', ...db, ...root, ...options]);
}

/** A server of Node's, which says where it listens. */
async function startNode(args) {
  const child = start('node', args);
  return await new Promise((resolve, reject) => {
    // Read to the end: a server whose log nobody reads stops at its next line.
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /listening on (http:\S+),/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => reject(new Error('the server did not start')));
  });
}

async function json(url, init) {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

const post = (url, body) =>
  json(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** One import, to its end. */
async function importOf(url, body) {
  const { id } = await post(`${url}/v1/imports`, body);
  for (;;) {
    const job = await json(`${url}/v1/imports/${id}`);
    if (job.state === 'done') return;
    if (job.state === 'failed') throw new Error(job.error.detail);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Imports a file again and again, as a new dataset each time, so that an import runs for as long as the load does,
 * however fast the machine is. `stop` waits for the last one and resolves to how many there were.
 */
function keepImporting(url, source) {
  let [isWanted, count] = [true, 0];
  const imports = (async () => {
    while (isWanted) await importOf(url, { sources: [source], dataset: `large-${++count}`, media: false });
    return count;
  })();
  // Seen by whoever stops it.
  imports.catch(() => undefined);
  return {
    stop() {
      isWanted = false;
      return imports;
    },
  };
}

/** Paths, entity tags and bytes of all thumbnails; asking for them also warms the caches. */
async function thumbnails(url) {
  const { items } = await json(`${url}/v1/datasets/sample/images?limit=1000`);
  const found = [];
  for (const { urls } of items) {
    const answer = await fetch(url + urls.thumbnail, { headers: { accept: 'image/webp' } });
    if (!answer.ok) continue;
    found.push({
      path: urls.thumbnail,
      etag: answer.headers.get('etag'),
      bytes: Buffer.from(await answer.arrayBuffer()),
    });
  }
  if (found.length < 20) throw new Error(`only ${found.length} thumbnails`);
  return found;
}

/** The thumbnails as plain files. */
function writeFiles(pictures) {
  mkdirSync(join(work, 'files'), { recursive: true });
  pictures.forEach(({ bytes }, i) => writeFileSync(join(work, 'files', `${i}.webp`), bytes));
  return pictures.map((_, i) => `/${i}.webp`);
}

/** nginx over the same bytes as plain files, with one worker: the server has one thread for requests, too. */
async function startNginx(pictures) {
  const port = await freePort();
  const conf = join(work, 'nginx.conf');
  writeFileSync(
    conf,
    `worker_processes 1; daemon off; pid ${work}/nginx.pid; error_log /dev/null;
     events { worker_connections 1024; }
     http { access_log off; sendfile on; open_file_cache max=1000; keepalive_requests 1000000; types { image/webp webp; }
       server { listen 127.0.0.1:${port}; root ${work}/files; } }`,
  );
  start(['/usr/sbin/nginx', 'nginx'].find((path) => existsSync(path)) ?? 'nginx', ['-c', conf, '-p', work]);
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; ; i++) {
    const answer = await fetch(`${url}/0.webp`).catch(() => undefined);
    if (answer?.ok)
      return {
        url,
        tags: await Promise.all(
          pictures.map(async (_, n) => (await fetch(`${url}/${n}.webp`)).headers.get('etag')),
        ),
      };
    if (i > 100) throw new Error('nginx did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** CPU time of a process and its children, in ms: says more than requests a second where the machine is shared. */
function cpuMs(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const ticks = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13);
  const own = (Number(ticks[0]) + Number(ticks[1])) * 10;
  return children.reduce((sum, child) => sum + cpuMs(child), own);
}

/** Loads a server with requests in turn. `tags`: sent back, so that every answer is 304. */
async function load(url, paths, tags, expected, { loadSeconds = SECONDS, connections = CONNECTIONS } = {}) {
  const lua = join(work, 'requests.lua');
  const quoted = (list) => `{${list.map((text) => JSON.stringify(text)).join(',')}}`;
  writeFileSync(
    lua,
    `local paths = ${quoted(paths)}\nlocal tags = ${quoted(tags ?? [])}\nlocal i = 0
     request = function()
       i = i % #paths + 1
       local headers = { ["Accept"] = "image/webp,application/json,*/*;q=0.1" }
       if tags[i] then headers["If-None-Match"] = tags[i] end
       return wrk.format("GET", paths[i], headers)
     end
     local others = 0
     local threads = {}
     setup = function(thread) table.insert(threads, thread); thread:set("others", 0) end
     response = function(status) if status ~= ${expected} then others = others + 1 end end
     done = function() for _, thread in ipairs(threads) do io.write("others " .. thread:get("others") .. "\\n") end end`,
  );
  const wrk = async (seconds) => {
    const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency', '-s', lua];
    const child = spawn('wrk', [...options, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [chunks, code] = await Promise.all([
      child.stdout.setEncoding('utf8').toArray(),
      new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve)),
    ]);
    if (code !== 0) throw new Error(`wrk ended with ${code}: ${chunks.join('')}`);
    return chunks.join('');
  };
  // A server runs for days: what it compiles and caches in its first seconds is not measured, nginx's neither.
  await wrk(WARM_UP_SECONDS);
  const before = cpuMs(serverPid);
  const stdout = await wrk(loadSeconds);
  const latency = (percent) => {
    const [, value, unit] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(stdout);
    return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit];
  };
  return {
    cpuMicros: ((cpuMs(serverPid) - before) * 1000) / Number(/(\d+) requests in/.exec(stdout)[1]),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]),
    p50Ms: latency(50),
    p99Ms: latency(99),
    otherAnswers: Number(/others (\d+)/.exec(stdout)?.[1] ?? 0),
    // Requests that got no answer, for any reason.
    socketErrors: [...(/Socket errors: (.*)/.exec(stdout)?.[1] ?? '').matchAll(/\d+/g)].reduce(
      (sum, [n]) => sum + Number(n),
      0,
    ),
  };
}

async function measure() {
  const diskOnly = name === 'datavis-disk' ? ['--thumb-memory-mib', '0'] : [];
  const url = await startDataVis(diskOnly, large === undefined ? [] : [large]);
  await importOf(url, { sources: [join(folder, 'sample')], dataset: 'sample' });
  const pictures = await thumbnails(url);
  const paths = pictures.map(({ path }) => path);
  if (name === 'datavis-warm' || name === 'datavis-disk') return load(url, paths, undefined, 200);
  if (name === 'datavis-304')
    return load(
      url,
      paths,
      pictures.map(({ etag }) => etag),
      304,
    );
  if (name === 'mixed') {
    const sample = '/v1/datasets/sample';
    const [image] = (await json(`${url}${sample}/images?limit=1`)).items;
    const others = [
      '/v1/datasets',
      `${sample}/stats`,
      `${sample}/images?limit=50`,
      `${sample}/annotations?area=100..`,
    ];
    const mixed = [...paths, ...others, image.urls.self, image.urls.media, '/health', '/metrics'];
    return load(url, mixed, undefined, 200, { loadSeconds: MIXED_SECONDS });
  }
  if (name === 'pages-during-import') {
    const imports = keepImporting(url, large);
    const pages = ['/v1/datasets/sample/images?limit=50', '/v1/datasets/sample/images?limit=50&category=person'];
    // A few people who browse; 100 that never pause would measure their own queue.
    const metrics = await load(url, pages, undefined, 200, { connections: 4 });
    return { ...metrics, imports: await imports.stop() };
  }
  await ended.pop()();
  const files = writeFiles(pictures);
  if (name === 'node-http') {
    const bare = await startNode(['tools/bench/workers/bare-http.mjs', join(work, 'files')]);
    return load(bare, files, undefined, 200);
  }
  const nginx = await startNginx(pictures);
  return load(nginx.url, files, name === 'nginx-304' ? nginx.tags : undefined, name === 'nginx-304' ? 304 : 200);
}

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
try {
  const metrics = await measure();
  console.log(JSON.stringify({ metrics }));
} finally {
  for (const end of ended.reverse()) await end();
}
