import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const beside = fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/**
 * The folder of real dataset files beside the clone (`../shared/data` from the workspace root), or undefined.
 * It is no part of the repository: tests that need it belong in `*.corpus.test.ts`.
 */
export function corpusDir(): string | undefined {
  return existsSync(beside) ? beside : undefined;
}

/** A suite over the corpus folder. Without the folder its name and a line on stderr say that it did not run. */
export function describeCorpus(name: string, fn: (dir: string) => void): void {
  const dir = corpusDir();
  if (dir !== undefined) {
    describe(name, () => {
      fn(dir);
    });
    return;
  }
  process.stderr.write(`NOT RUN: "${name}" needs the corpus folder beside the clone (${beside})\n`);
  describe.skip(`${name} (NOT RUN: no corpus folder)`, () => {
    fn(beside);
  });
}
