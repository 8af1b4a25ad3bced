import { run } from '../src/run.js';
import { fakeTerminal } from './fake-terminal.js';

/** Runs one command line in this process, with a terminal that remembers. */
export async function datavis(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { terminal, stdout, stderr } = fakeTerminal();
  const code = await run(argv, terminal);
  return { code, stdout: stdout(), stderr: stderr() };
}
