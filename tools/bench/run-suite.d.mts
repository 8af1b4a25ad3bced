import type { BenchSuite, Contender, SuiteOutcome } from './types.js';

export function runSuite(call: {
  readonly name: string;
  readonly suite: BenchSuite;
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  /** Folder that the commands run in. */
  readonly cwd: string;
}): Promise<SuiteOutcome>;
