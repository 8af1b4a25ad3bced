import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

const beside = fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/**
 * The folder of real dataset files beside the clone (`../shared/data` from the workspace root), or undefined.
 * It is no part of the repository: tests that need it belong in `*.corpus.test.ts`.
 */
export function corpusDir(): string | undefined {
  return existsSync(beside) ? beside : undefined;
}

/**
 * A suite over the corpus folder. Without the folder (`null`) a line on stderr and a skipped test of its name say that it did
 * not run. `fn` is not called then: suites list their files to make a test of each.
 */
export function describeCorpus(
  name: string,
  fn: (dir: string) => void,
  dir: string | null = corpusDir() ?? null,
): void {
  describe(name, () => {
    if (dir !== null) {
      fn(dir);
      return;
    }
    process.stderr.write(`NOT RUN: "${name}" needs the corpus folder beside the clone (${beside})\n`);
    test.skip('NOT RUN: no corpus folder');
  });
}
