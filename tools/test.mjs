// `npm test`: every gate of the workspace, in plain Node, so that it can start before anything is installed.
// The last line is `N passed, N failed`: each test of vitest's report counts one, and each other step counts one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needsInstall, root, run, runBin } from './workspace.mjs';

const nx = (...args) => runBin('nx/dist/bin/nx.js', args);
const node = (script) => run(process.execPath, [join(root, script)]);

const steps = [
  ['format', () => runBin('prettier/bin/prettier.cjs', ['--check', '.'])],
  ['lint', () => nx('run-many', '-t', 'lint')],
  ['lint canary', () => node('tools/lint-canary/check.mjs')],
  ['typecheck', () => nx('run-many', '-t', 'typecheck')],
  ['build', () => nx('run-many', '-t', 'build')],
  ['knip', () => runBin('knip/bin/knip.js')],
  ['lock file', () => node('tools/check-lock.mjs')],
];

/** Runs all lanes but the slow one. A run that breaks without a failed test (a crash, no report) counts one failed. */
function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'datavis-test-'));
  const report = join(folder, 'report.json');
  try {
    const code = runBin('vitest/vitest.mjs', [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]);
    const json = readReport(report);
    const failed = json?.numFailedTests ?? 0;
    return {
      passed: json?.numPassedTests ?? 0,
      failed: failed === 0 && code !== 0 ? 1 : failed,
      skipped: json?.numPendingTests ?? 0,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    console.error(`vitest wrote no readable report: ${String(error)}`);
    return undefined;
  }
}

const rows = [];
let passed = 0;
let failed = 0;

function record(name, result, startedAt) {
  passed += result.passed;
  failed += result.failed;
  rows.push([name, result, ((performance.now() - startedAt) / 1000).toFixed(1)]);
}

function step(name, action) {
  console.log(`\n=== ${name}`);
  const startedAt = performance.now();
  const ok = action() === 0;
  record(name, { passed: ok ? 1 : 0, failed: ok ? 0 : 1 }, startedAt);
  return ok;
}

const installed = !needsInstall() || step('install', () => run('npm', ['ci', '--no-audit', '--no-fund']));
if (installed) {
  for (const [name, action] of steps) step(name, action);
  console.log('\n=== tests');
  const startedAt = performance.now();
  record('tests', runTests(), startedAt);
}

console.log('');
for (const [name, result, seconds] of rows) {
  const skipped = result.skipped ? `, ${result.skipped} SKIPPED` : '';
  const state = result.failed === 0 ? 'ok    ' : 'FAILED';
  console.log(
    `${state} ${name.padEnd(12)} ${result.passed} passed, ${result.failed} failed${skipped} (${seconds} s)`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
