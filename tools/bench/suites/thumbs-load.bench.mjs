// Thumbnails that a cache has, asked for 200 times a second, while 1,000 others are made: nobody must wait for them. And
// with nobody about, making them takes what the engine needs.

const contender = (engine) => ({
  name: engine,
  command: ['node', 'tools/bench/workers/thumbs-load.mjs', engine],
  timeoutMs: 600_000,
});

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: '200 cached thumbnails a second, idle and while 1,000 are made; times from when each was due',
  contenders: async () => ['sharp', 'portable'].map(contender),
  claims: ['sharp', 'portable'].flatMap((of) => [
    { of, to: of, metric: 'answered', toMetric: 'offered', atLeast: 1 },
    { of, to: of, metric: 'loadedP99Ms', toMetric: 'idleP99Ms', atMost: 3 },
    { of, to: of, metric: 'backfillAloneMs', toMetric: 'engineMs', atMost: 1.1 },
  ]),
};
