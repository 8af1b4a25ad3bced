// Runs one command and measures it from outside: wall time, CPU time of it and all its children, peak memory of the
// whole process tree. Nothing is asked of the program, so a peer written in C or Python is measured the same way.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SAMPLE_EVERY_MS = 20;
/** To find the descendants takes a read for each thread, at the cost of what is measured: done every 0.2 s. */
const SAMPLES_OF_ONE_TREE = 10;

/** A process and all its descendants. */
function treeOf(rootPid) {
  const pids = [rootPid];
  for (const pid of pids) {
    try {
      for (const task of readdirSync(`/proc/${pid}/task`)) {
        const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
        if (children) pids.push(...children.split(' ').map(Number));
      }
    } catch {
      // The process ended between two reads: it has no descendants any more.
    }
  }
  return pids;
}

/** Resident memory in bytes; 0 where /proc does not tell, and of a process that has ended. */
function rssOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
  } catch {
    return 0;
  }
}

/** This environment without what makes any program of Node slower: certificates of a proxy (40 ms at each start). */
function plainEnvironment() {
  const env = { ...process.env };
  delete env.NODE_EXTRA_CA_CERTS;
  return env;
}

/**
 * @param {string[]} command program and arguments
 * @param {{ cwd?: string, env?: Record<string, string>, timeoutMs?: number }} [options]
 * @returns {Promise<{ wallMs: number, userMs: number, sysMs: number, peakRssMb: number, stdout: string }>}
 */
export async function measure(command, options = {}) {
  const scratch = mkdtempSync(join(tmpdir(), 'datavis-bench-'));
  const times = join(scratch, 'times');
  // bash's `time` counts waited-for descendants too, and is there on Linux and macOS alike. Its report must not mix
  // with the program's own stderr, so it goes through a file descriptor of its own.
  const script = `exec 3>"$0"; TIMEFORMAT='%R %U %S'; { time "$@" 2>&4; } 4>&2 2>&3`;
  const child = spawn('bash', ['-c', script, times, ...command], {
    cwd: options.cwd,
    env: { ...plainEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 30 * 60_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr = (stderr + text).slice(-2000)));
  let peakRss = 0;
  let samples = 0;
  let pids = [];
  const sampler = setInterval(() => {
    if (samples++ % SAMPLES_OF_ONE_TREE === 0) pids = treeOf(child.pid);
    peakRss = Math.max(
      peakRss,
      pids.reduce((sum, pid) => sum + rssOf(pid), 0),
    );
  }, SAMPLE_EVERY_MS);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (exitCode, signal) => resolve(exitCode ?? signal));
  });
  clearInterval(sampler);
  const [wall, user, sys] = readFileSync(times, 'utf8').trim().split(' ').map(Number);
  rmSync(scratch, { recursive: true });
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}\n${stderr}`);
  return { wallMs: wall * 1000, userMs: user * 1000, sysMs: sys * 1000, peakRssMb: peakRss / 2 ** 20, stdout };
}
