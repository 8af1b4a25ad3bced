import { setTimeout as sleep } from 'node:timers/promises';
import { isDataVisError } from '@datavis/plugin-sdk';
import { storeError } from '../object-store/errors.js';
import type { HttpResponse } from './http-exchange.js';

/** An answer that is worth another try. */
export class RetryableStatus extends Error {
  override readonly name = 'RetryableStatus';
  readonly retryAfterMs: number | undefined;

  constructor(response: Pick<HttpResponse, 'status' | 'headers'>) {
    super(`The service answered ${response.status}`);
    const header = response.headers['retry-after'];
    const seconds = Number(header);
    if (header !== undefined) {
      this.retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : Math.max(0, Date.parse(header) - Date.now());
    }
  }
}

/** Whether an answer is one of the moment. */
export function isRetryable(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

export interface PatienceSettings {
  /** Of the store, for errors. */
  readonly root: string;
  /** Without a byte of progress for so long, waits included, a call fails. */
  readonly giveUpAfterMs: number;
  /** First wait before a retry; each further one doubles, with full jitter. */
  readonly retryBaseMs: number;
}

/** Counts the time without progress over the attempts of one call, and waits between them. */
export class Patience {
  readonly #settings: PatienceSettings;
  readonly #key: string;
  readonly #signal: AbortSignal | undefined;
  #spentMs = 0;
  #failures = 0;
  #attemptFrom: number | undefined;

  constructor(settings: PatienceSettings, key: string, signal: AbortSignal | undefined) {
    this.#settings = settings;
    this.#key = key;
    this.#signal = signal;
  }

  /** The request has its socket: its time counts from here. */
  readonly begin = (): void => {
    this.#attemptFrom = performance.now();
  };

  /** A byte came: everything that went wrong before is forgotten. */
  progress(): void {
    this.#spentMs = 0;
    this.#failures = 0;
    this.#attemptFrom = performance.now();
  }

  /** Waits for the next attempt, or throws what the call ends with. */
  async afterFailure(error: unknown): Promise<void> {
    this.#signal?.throwIfAborted();
    if (isDataVisError(error) || error instanceof RangeError) throw error;
    const { giveUpAfterMs, retryBaseMs, root } = this.#settings;
    if (this.#attemptFrom !== undefined) this.#spentMs += performance.now() - this.#attemptFrom;
    this.#attemptFrom = undefined;
    const cap = Math.min(retryBaseMs * 2 ** this.#failures, 10_000);
    const waitMs = Math.max(Math.random() * cap, (error instanceof RetryableStatus ? error.retryAfterMs : 0) ?? 0);
    this.#failures++;
    this.#spentMs += waitMs;
    if (this.#spentMs > giveUpAfterMs) {
      const seconds = Math.round(giveUpAfterMs / 100) / 10;
      throw storeError('DATAVIS_STORAGE_UNAVAILABLE', root, this.#key, `No progress within ${seconds} s`, {
        cause: error,
        hint: 'Check network and service, then resume.',
      });
    }
    await sleep(waitMs, undefined, { ...(this.#signal && { signal: this.#signal }) }).catch(() => {
      this.#signal?.throwIfAborted();
    });
  }
}
