import { notFound, storeError } from '../object-store/errors.js';
import type { HttpResponse } from '../network/http-exchange.js';
import { RetryableStatus, isRetryable } from '../network/patience.js';
import { redact } from './gcs-auth.js';

/** Throws for a status that is none of `expected`: to be retried, or as the error it stands for. */
export async function assertStatus(
  response: HttpResponse,
  root: string,
  key: string,
  ...expected: number[]
): Promise<void> {
  const { status } = response;
  if (expected.includes(status)) return;
  const reason = await errorMessage(response);
  if (isRetryable(status)) throw new RetryableStatus(response);
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
async function errorMessage(response: HttpResponse): Promise<string> {
  let text = '';
  for await (const chunk of response.body) {
    text += Buffer.from(chunk).toString();
    if (text.length > 8_192) break;
  }
  const message = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  return redact(message.slice(0, 200));
}
