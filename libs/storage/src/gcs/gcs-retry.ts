import { setTimeout as sleep } from 'node:timers/promises';
import { isDataVisError } from '@datavis/plugin-sdk';
import { notFound, storeError } from '../object-store/errors.js';
import { redact } from './gcs-auth.js';
import type { GcsSettings } from './gcs-options.js';
import type { GcsResponse } from './gcs-transport.js';

/** An answer that is worth another try. */
export class RetryableStatus extends Error {
  override readonly name = 'RetryableStatus';
  readonly retryAfterMs: number | undefined;

  constructor(response: GcsResponse) {
    super(`The service answered ${response.status}`);
    const header = response.headers['retry-after'];
    const seconds = Number(header);
    if (header !== undefined) {
      this.retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : Math.max(0, Date.parse(header) - Date.now());
    }
  }
}

/** Counts the time without progress over the attempts of one call, and waits between them. */
export class Patience {
  readonly #settings: GcsSettings;
  readonly #key: string;
  readonly #signal: AbortSignal | undefined;
  #spentMs = 0;
  #failures = 0;
  #attemptFrom: number | undefined;

  constructor(settings: GcsSettings, key: string, signal: AbortSignal | undefined) {
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

/** Throws for a status that is none of `expected`: to be retried, or as the error it stands for. */
export async function assertStatus(
  response: GcsResponse,
  root: string,
  key: string,
  ...expected: number[]
): Promise<void> {
  const { status } = response;
  if (expected.includes(status)) return;
  const reason = await errorMessage(response);
  if (status === 408 || status === 429 || status >= 500) throw new RetryableStatus(response);
  if (status === 404) throw notFound(root, key);
  if (status === 401 || status === 403) {
    throw storeError('DATAVIS_STORAGE_FORBIDDEN', root, key, `The service refused (${status}: ${reason})`, {
      hint: 'Grant the account storage.objects.get, .list and, to write, .create and .delete on the bucket.',
    });
  }
  if (status === 412) {
    throw storeError('DATAVIS_STORAGE_CHANGED', root, key, 'The object is not the version that was asked for');
  }
  throw storeError('DATAVIS_STORAGE_IO', root, key, `The service answered ${status} (${reason})`);
}

/** The service's own words, of which only the first kilobytes are read. */
async function errorMessage(response: GcsResponse): Promise<string> {
  let text = '';
  for await (const chunk of response.body) {
    text += Buffer.from(chunk).toString();
    if (text.length > 8_192) break;
  }
  const message = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  return redact(message.slice(0, 200));
}
