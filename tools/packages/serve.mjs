// `datavis serve` as a program of its own, and answers over its HTTP.
import { spawn } from 'node:child_process';

const LISTEN_LIMIT_MS = 30_000;

/**
 * Starts `datavis serve` on a free port. `url` resolves to its base URL once it says that it listens, `stop` sends
 * Ctrl-C and resolves to the exit code (or the signal) it ended with.
 */
export function serve(bin, database, { cwd, env } = {}) {
  const child = spawn(process.execPath, [bin, 'serve', '--db', database, '--port', '0'], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const url = new Promise((resolve, reject) => {
    const listen = (text) => {
      said += text;
      const match = /http:\/\/[\d.:[\]]+/.exec(said);
      if (match) resolve(match[0]);
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.on('exit', (code) => reject(new Error(`serve ended with ${code}: ${said}`)));
    setTimeout(() => reject(new Error(`serve did not listen within 30 s: ${said}`)), LISTEN_LIMIT_MS).unref();
  });
  // Whoever awaits it is told; a server that ends as asked is no failure.
  url.catch(() => undefined);
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const stop = () => {
    child.kill('SIGINT');
    return ended;
  };
  return { url, stop };
}

/** A response that is no error. */
export async function get(url, init = {}) {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}
