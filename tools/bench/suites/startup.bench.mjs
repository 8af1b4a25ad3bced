// What the command line costs before it does anything: commands import what is heavy only when they run.
const datavis = ['node', 'apps/cli/bin/datavis.js'];
const times = (command, n) => ['bash', '-c', `for i in $(seq ${n}); do ${command.join(' ')} >/dev/null; done`];

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: 'ten starts in a row',
  contenders: () =>
    Promise.resolve([
      { name: 'node -e 0', command: times(['node', '-e', '0'], 10) },
      { name: 'datavis --help', command: times([...datavis, '--help'], 10) },
      { name: 'datavis --version', command: times([...datavis, '--version'], 10) },
    ]),
  claims: [
    { of: 'datavis --help', to: 'node -e 0', metric: 'wallMs', atMost: 2 },
    { of: 'datavis --version', to: 'node -e 0', metric: 'wallMs', atMost: 2 },
  ],
};
