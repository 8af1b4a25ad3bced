import type { Gate } from '../http/gate.js';
import type { NextTurn } from '../http/turns.js';
import type { Metrics } from '../metrics.js';
import type { ImportJobs } from '../jobs/import-jobs.js';
import type { Tasks } from '../jobs/tasks.js';
import type { ApiLimits } from '../options.js';
import type { PictureIndex } from '../pictures/picture-index.js';
import type { WarmAnswers } from '../pictures/warm-answers.js';
import type { ApiEngine } from '../ports.js';
import type { Authenticator } from '../security/token.js';

/** What routes may use. */
export interface RouteContext {
  readonly engine: ApiEngine;
  readonly limits: ApiLimits;
  readonly pictures: PictureIndex;
  readonly warm: WarmAnswers;
  readonly jobs: ImportJobs;
  readonly tasks: Tasks;
  readonly gate: Gate;
  /** For answers of any length. Apart from {@link gate}: a client that reads slowly holds its place for long. */
  readonly streamGate: Gate;
  /** For pages: light, but many at once would hold every thread. */
  readonly pageGate: Gate;
  /** To be awaited before each part of a long computation on the event loop. */
  readonly nextTurn: NextTurn;
  readonly metrics: Metrics;
  readonly authenticator: Authenticator | undefined;
  readonly version: string;
  readonly roots: readonly string[];
  /** Aborted when the server begins to close. */
  readonly closing: AbortSignal;
  /** Aborted when, after that, jobs and tasks have been stopped. */
  readonly stopped: AbortSignal;
}
