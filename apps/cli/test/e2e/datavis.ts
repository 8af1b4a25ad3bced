import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The program as a process. DATAVIS_BIN names another one, such as the one installed from packed tarballs; without it,
 * the one built in this workspace.
 */
const bin = process.env['DATAVIS_BIN'] ?? fileURLToPath(new URL('../../bin/datavis.js', import.meta.url));
const built = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function start(...argv: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  return startIn(process.cwd(), ...argv);
}

/** {@link start} in another folder. */
export function startIn(cwd: string, ...argv: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  if (process.env['DATAVIS_BIN'] === undefined && !existsSync(built)) throw new Error('Not built: npm run build');
  const child = spawn(process.execPath, [bin, ...argv], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
  return { child, ended };
}

export function datavis(...argv: string[]): Promise<Ended> {
  return start(...argv).ended;
}

/** Runs a query and gives its rows. */
export async function rows<T>(db: string, sql: string): Promise<T[]> {
  const { code, stdout, stderr } = await datavis('query', sql, '--db', db, '--json');
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T[];
}
