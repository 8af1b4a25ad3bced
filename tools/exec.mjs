// Runs a program and keeps what it says, for checks that only show it when something is wrong.
import { spawn } from 'node:child_process';

/**
 * Resolves to stdout, stderr and exit code; rejects when the program does not exit with 0, with both outputs in the
 * message. A program that takes longer than `timeoutMs` is killed.
 */
export function exec(command, args, { cwd, env, timeoutMs = 300_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ stdout, stderr });
      else {
        const how = signal === null ? `exit code ${code}` : `ended by ${signal} (limit ${timeoutMs} ms)`;
        reject(new Error(`${command} ${args.join(' ')}: ${how}\n${stdout}\n${stderr}`.trim()));
      }
    });
  });
}
