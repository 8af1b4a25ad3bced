/** The two functions of every test runner. */
export interface Runner {
  describe(this: void, name: string, body: () => void): unknown;
  it(this: void, name: string, body: () => Promise<void>): unknown;
}

/** The runner that was passed, or that of the globals (vitest with `globals`, jest, mocha). */
export function runnerOf(runner: Runner | undefined): Runner {
  if (runner !== undefined) return runner;
  const { describe, it } = globalThis as Partial<Runner>;
  if (describe !== undefined && it !== undefined) return { describe, it };
  throw new Error("pass { describe, it } of your test runner, for example from 'node:test'");
}
