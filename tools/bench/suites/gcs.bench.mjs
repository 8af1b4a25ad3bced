// One large object from a server on loopback: our reader, with generation, deadlines and checksum, against nothing but
// node:http, and against the official client.

const BYTES = 128 * 2 ** 20;

const contender = (name) => ({
  name,
  command: ['node', 'tools/bench/workers/gcs.mjs', name, String(BYTES)],
});

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: `download of ${BYTES / 2 ** 20} MiB from gs:// on loopback`,
  contenders: async () => ['datavis', 'node-http', 'google-cloud-storage'].map(contender),
  claims: [
    { of: 'datavis', to: 'node-http', metric: 'mbPerSecond', atLeast: 0.8 },
    { of: 'datavis', to: 'google-cloud-storage', metric: 'mbPerSecond', atLeast: 2 },
  ],
};
