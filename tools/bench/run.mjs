#!/usr/bin/env node
// `npm run bench [-- NAME …] [--rounds N] [--check]`: runs benchmark suites, each contender in a process of its own, in
// rounds (A B C, A B C, …) so that a slow minute of the machine hits all alike. Prints medians and ratios; keeps them
// as JSON in bench-results/. With --check a missed claim ends with exit code 1.
//
// A suite is a module in suites/NAME.bench.mjs that exports `suite`: see types.d.ts beside this file.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure } from './measure.mjs';
import { judge, medianOf, printSuite } from './report.mjs';
import { cached } from './cache.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

/** Metrics of a run: what was measured from outside, and what the program printed as `{"metrics": {…}}`. */
function metricsOf(run) {
  const last = run.stdout.trim().split('\n').at(-1) ?? '';
  const own = last.startsWith('{"metrics"') ? JSON.parse(last).metrics : {};
  return { wallMs: run.wallMs, userMs: run.userMs, sysMs: run.sysMs, peakRssMb: run.peakRssMb, ...own };
}

async function runContender(contender, runs) {
  await contender.before?.();
  const run = await measure(contender.command, { cwd: root, ...contender });
  contender.verify?.(run.stdout);
  runs.push(metricsOf(run));
}

async function runSuite(name, rounds) {
  const { suite } = await import(`./suites/${name}.bench.mjs`);
  const contenders = [];
  for (const contender of await suite.contenders({ root, cached })) {
    if (contender.missing === undefined) contenders.push({ ...contender, runs: [] });
    else console.log(`not measured: ${contender.name}: ${contender.missing}`);
  }
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      if (round >= (contender.rounds ?? rounds)) continue;
      process.stderr.write(`${name}: round ${round + 1}/${rounds}: ${contender.name}\n`);
      await runContender(contender, contender.runs);
    }
  }
  const results = Object.fromEntries(contenders.map(({ name: label, runs }) => [label, medianOf(runs)]));
  return { name, title: suite.title, rounds, results, claims: judge(suite.claims ?? [], results) };
}

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
for (const name of positionals.length > 0 ? positionals : known) {
  const outcome = await runSuite(name, Number(values.rounds));
  printSuite(outcome);
  missed += outcome.claims.filter((claim) => claim.holds === false).length;
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: totalmem() / 2 ** 30,
  };
  const file = join(root, 'bench-results', `${name}.json`);
  writeFileSync(file, JSON.stringify({ date: new Date().toISOString(), machine, ...outcome }, null, 2) + '\n');
}
if (values.check && missed > 0) process.exitCode = 1;
