import { PassThrough } from 'node:stream';
import { createTerminal } from '../src/terminal/terminal.js';
import type { Terminal } from '../src/terminal/terminal.js';

/** A terminal that remembers what it was told. */
export function fakeTerminal(options: { tty?: boolean; columns?: number; env?: Record<string, string> } = {}): {
  terminal: Terminal;
  stdout: () => string;
  stderr: () => string;
} {
  const { tty = false, columns = 80, env = {} } = options;
  const keep = (): [PassThrough & { isTTY: boolean; columns: number }, () => string] => {
    let text = '';
    const stream = Object.assign(new PassThrough(), { isTTY: tty, columns });
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    return [stream, () => text];
  };
  const [out, stdout] = keep();
  const [err, stderr] = keep();
  return { terminal: createTerminal({ stdout: out, stderr: err, env }), stdout, stderr };
}
