#!/usr/bin/env node
// `npm run bench [-- NAME …] [--rounds N] [--check]`: runs benchmark suites, each contender in a process of its own, in
// rounds (A B C, A B C, …) so that a slow minute of the machine hits all alike. Prints medians and ratios; keeps them
// as JSON in bench-results/. A contender that fails is reported and ends the run with exit code 1, after all others were
// measured; with --check a missed claim does, too.
//
// A suite is a module in suites/NAME.bench.mjs that exports `suite`: see types.d.ts beside this file.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cached } from './cache.mjs';
import { printSuite } from './report.mjs';
import { runSuite } from './run-suite.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, check: { type: 'boolean', default: false } },
});
const known = readdirSync(join(here, 'suites')).flatMap((file) =>
  file.endsWith('.bench.mjs') ? [file.slice(0, -'.bench.mjs'.length)] : [],
);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no such benchmark: ${unknown.join(', ')} (there are: ${known.join(', ')})`);
  process.exit(2);
}
mkdirSync(join(root, 'bench-results'), { recursive: true });
let missed = 0;
let failed = 0;
for (const name of positionals.length > 0 ? positionals : known) {
  const { suite } = await import(`./suites/${name}.bench.mjs`);
  const contenders = await suite.contenders({ root, cached });
  const outcome = await runSuite({ name, suite, contenders, rounds: Number(values.rounds), cwd: root });
  printSuite(outcome);
  missed += outcome.claims.filter((claim) => claim.holds === false).length;
  failed += Object.keys(outcome.failures).length;
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: totalmem() / 2 ** 30,
  };
  const file = join(root, 'bench-results', `${name}.json`);
  writeFileSync(file, JSON.stringify({ date: new Date().toISOString(), machine, ...outcome }, null, 2) + '\n');
}
if (failed > 0 || (values.check && missed > 0)) process.exitCode = 1;
