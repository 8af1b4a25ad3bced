import type { CocoCursor } from '@datavis/plugin-sdk';
import { sectionCounts, Tally } from './counts.js';
import type { ImportProgress } from './import-types.js';

const LEAST_INTERVAL_MS = 100;

export interface ProgressDeps {
  readonly sources: number;
  readonly bytesTotal: number | null;
  readonly onProgress: ((progress: ImportProgress) => void) | undefined;
}

/** Turns cursors into progress events, at most ten a second and one a phase. */
export class ProgressMeter {
  readonly #deps: ProgressDeps;
  readonly #startedMs = performance.now();
  readonly #earlier = new Tally();
  #earlierBytes = 0;
  /** Bytes that were not read but known from before: they count as progress and not as speed. */
  #skippedBytes = 0;
  #lastMs = -Infinity;
  #lastPhase = '';

  constructor(deps: ProgressDeps) {
    this.#deps = deps;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** A source is over; `readFrom` is the byte its reading began with (its size, when nothing was read). */
  endSource(cursor: CocoCursor | undefined, sizeBytes: number, readFrom: number): void {
    if (cursor) this.#earlier.add(sectionCounts(cursor, 'read'));
    this.#earlierBytes += sizeBytes;
    this.#skippedBytes += readFrom;
  }

  report(
    uri: string,
    source: number,
    phase: ImportProgress['phase'],
    cursor: CocoCursor | undefined,
    readFrom: number,
  ): void {
    const { onProgress, sources, bytesTotal } = this.#deps;
    const elapsedMs = this.elapsedMs;
    if (onProgress === undefined) return;
    if (phase === this.#lastPhase && elapsedMs - this.#lastMs < LEAST_INTERVAL_MS) return;
    this.#lastMs = elapsedMs;
    this.#lastPhase = phase;
    const bytesRead = this.#earlierBytes + (cursor?.byteOffset ?? 0);
    const bytesPerSecond = ((bytesRead - this.#skippedBytes - readFrom) / Math.max(elapsedMs, 1)) * 1000;
    const tally = new Tally();
    tally.add(this.#earlier.counts);
    if (cursor) tally.add(sectionCounts(cursor, 'read'));
    onProgress({
      uri,
      source,
      sources,
      phase,
      bytesRead,
      bytesTotal,
      read: tally.counts,
      elapsedMs,
      bytesPerSecond,
      etaMs:
        bytesTotal === null || bytesPerSecond <= 0 ? undefined : ((bytesTotal - bytesRead) / bytesPerSecond) * 1000,
    });
  }
}
