// Downloads one object of a fake GCS, which runs in a process of its own, again and again: node gcs.mjs CONTENDER BYTES.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';

const [contender, size] = process.argv.slice(2);
const bytes = Number(size);
/** The official client takes so long that fewer say the same. */
const downloads = contender === 'google-cloud-storage' ? 1 : 9;

const server = spawn(process.execPath, [fileURLToPath(new URL('gcs-server.mjs', import.meta.url)), size], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
process.on('exit', () => server.kill());
const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
const url = line.trim();

const contenders = {
  /** Nothing but the bytes: no range, no checksum, no deadline. */
  'node-http': () =>
    new Promise((resolve, reject) => {
      http.get(`${url}/storage/v1/b/bench/o/object?alt=media`, (response) => {
        let got = 0;
        response.on('data', (chunk) => (got += chunk.length));
        response.on('end', () => resolve(got)).on('error', reject);
      });
    }),
  async datavis() {
    const { GcsObjectStore } = await import('@datavis/storage/gcs');
    const store = new GcsObjectStore({ root: 'gs://bench', apiEndpoint: url });
    let got = 0;
    for await (const chunk of store.read('object')) got += chunk.length;
    await store.close();
    return got;
  },
  /** The official client with its own check of the CRC-32C. */
  async 'google-cloud-storage'() {
    const { Storage } = await import('@google-cloud/storage');
    const file = new Storage({ apiEndpoint: url, projectId: 'bench' }).bucket('bench').file('object');
    let got = 0;
    for await (const chunk of file.createReadStream({ validation: 'crc32c' })) got += chunk.length;
    return got;
  },
};

await contenders[contender]();
const rates = [];
const cpu = process.cpuUsage();
for (let i = 0; i < downloads; i++) {
  const start = performance.now();
  if ((await contenders[contender]()) !== bytes) throw new Error('not all bytes came');
  rates.push(bytes / 2 ** 20 / ((performance.now() - start) / 1000));
}
const { user, system } = process.cpuUsage(cpu);
server.kill();
rates.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    metrics: {
      mbPerSecond: Math.round(rates[downloads >> 1]),
      cpuMsPerGb: Math.round((user + system) / 1000 / ((downloads * bytes) / 2 ** 30)),
    },
  }),
);
