import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build, defaultServerConditions } from 'vite';

/** A script of this folder as plain JavaScript, made of the sources as they are. Returns its path. */
export async function bundle(name: string, outDir: string): Promise<string> {
  const conditions = ['@datavis/source', ...defaultServerConditions];
  await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('..', import.meta.url)),
    resolve: { conditions },
    ssr: { resolve: { conditions }, noExternal: [/^@datavis\//] },
    build: {
      ssr: fileURLToPath(new URL(`./${name}.ts`, import.meta.url)),
      outDir,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return join(outDir, `${name}.mjs`);
}

export interface Run {
  readonly killed: boolean;
  readonly ms: number;
}

/** Runs the child; kills it so many milliseconds after it is ready, or when a promise is fulfilled. */
export async function runChild(
  script: string,
  args: readonly string[],
  killAfter?: number | (() => Promise<void>),
): Promise<Run> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exited]);
  const startedMs = performance.now();
  if (killAfter !== undefined) {
    await Promise.race([typeof killAfter === 'number' ? sleep(killAfter) : killAfter(), exited]);
    child.kill('SIGKILL');
  }
  const [code, signal] = (await exited) as [number | null, string | null];
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the child ended with ${code}: ${errors}`);
  return { killed: signal === 'SIGKILL', ms: performance.now() - startedMs };
}
