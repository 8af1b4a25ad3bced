// Measures the contenders of one suite in rounds (A B C, A B C, …), each in a process of its own.
import { spawnSync } from 'node:child_process';
import { measure } from './measure.mjs';
import { judge, medianOf } from './report.mjs';

/** Metrics of a run: what was measured from outside, and what the program printed as `{"metrics": {…}}`. */
function metricsOf(run) {
  const last = run.stdout.trim().split('\n').at(-1) ?? '';
  const own = last.startsWith('{"metrics"') ? JSON.parse(last).metrics : {};
  const { wallMs, userMs, sysMs, peakRssMb } = run;
  return { wallMs, userMs, sysMs, cpuMs: userMs + sysMs, peakRssMb, ...own };
}

async function runContender(contender, cwd) {
  await contender.before?.();
  // What the one before it has written goes to the disk first: who comes next would wait for it, at its first fsync.
  spawnSync('sync');
  const run = await measure(contender.command, { cwd, ...contender });
  contender.verify?.(run.stdout);
  return metricsOf(run);
}

/** One that fails is not measured again, and its earlier rounds do not count; the others go on. */
export async function runSuite({ name, suite, contenders, rounds, cwd }) {
  const failures = {};
  const runs = new Map();
  for (const contender of contenders) {
    if (contender.missing === undefined) runs.set(contender, []);
    else console.log(`not measured: ${contender.name}: ${contender.missing}`);
  }
  for (let round = 0; round < rounds; round++) {
    for (const [contender, found] of runs) {
      if (round >= (contender.rounds ?? rounds)) continue;
      process.stderr.write(`${name}: round ${round + 1}/${rounds}: ${contender.name}\n`);
      try {
        found.push(await runContender(contender, cwd));
      } catch (error) {
        process.stderr.write(`${name}: ${contender.name} FAILED: ${error.message}\n`);
        failures[contender.name] = error.message;
        runs.delete(contender);
      }
    }
  }
  const results = Object.fromEntries([...runs].map(([contender, found]) => [contender.name, medianOf(found)]));
  return { name, title: suite.title, rounds, results, failures, claims: judge(suite.claims ?? [], results) };
}
