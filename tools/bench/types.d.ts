/** What a module in suites/ exports as `suite`. */
export interface BenchSuite {
  readonly title: string;
  contenders(context: BenchContext): Promise<readonly Contender[]>;
  readonly claims?: readonly Claim[];
}
export interface BenchContext {
  /** The workspace's root folder. */
  readonly root: string;
  /** Path of an input that is made once: see cache.mjs. */
  cached(name: string, make: (path: string) => Promise<void>): Promise<string>;
}
export interface Contender {
  readonly name: string;
  /** Program and arguments, run from the workspace's root. A last line `{"metrics": {…}}` on stdout adds metrics. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Fewer rounds than asked for, where one takes minutes. */
  readonly rounds?: number;
  /** Runs before each measurement, unmeasured: remove the output of the last round here. */
  before?(): Promise<void> | void;
  /** Throws if the program did not do the work, so that nobody wins by doing nothing. */
  verify?(stdout: string): void;
  /** Why this peer cannot be measured here (not installed, say). It is then named, not run. */
  readonly missing?: string;
}
/** `of.metric / to.metric` stays in bounds; without `to`, the metric itself. */
export interface Claim {
  readonly of: string;
  readonly to?: string;
  readonly metric: string;
  readonly toMetric?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}
/** What came of one suite. */
export interface SuiteOutcome {
  readonly name: string;
  readonly title: string;
  readonly rounds: number;
  /** Medians by contender. */
  readonly results: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Why contenders failed, by their names: these have no results. */
  readonly failures: Readonly<Record<string, string>>;
  readonly claims: readonly (Claim & { readonly ratio: number | undefined; readonly holds: boolean | undefined })[];
}
