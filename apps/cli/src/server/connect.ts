import { createDataVisClient, isProblemError, unwrap } from '@datavis/client';
import type { DataVisClient } from '@datavis/client';
import { DataVisError, isAbortError } from '@datavis/plugin-sdk';
import { CliError, usage } from '../errors.js';

/** A server that is asked in place of the database file. */
export interface Server {
  readonly url: string;
  readonly client: DataVisClient;
  /** The data of an answer; errors of the server and of the way to it as errors of ours. */
  readonly ask: <T>(answer: Promise<Answer<T>>) => Promise<T>;
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** Names a server; nothing is sent yet. The token comes from the environment: arguments are visible to every user. */
export function connect(url: string, env: Readonly<Record<string, string | undefined>> = process.env): Server {
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) {
    throw usage(`--server ${url}: not a URL`, 'Such as --server http://127.0.0.1:8080');
  }
  const baseUrl = url.replace(/\/+$/, '');
  const token = env['DATAVIS_TOKEN'];
  const client = createDataVisClient({ baseUrl, ...(token !== undefined && token !== '' && { token }) });
  return {
    url: baseUrl,
    client,
    ask: async (answer) => {
      try {
        return unwrap(await answer);
      } catch (error) {
        throw asError(error, baseUrl);
      }
    },
  };
}

/** Errors of the server keep their code and hint; what never reached one says so. */
export function asError(error: unknown, url: string): unknown {
  if (isAbortError(error)) return error;
  if (isProblemError(error)) {
    const hint =
      error.status === 401 ? 'Set DATAVIS_TOKEN to the token that the server was started with.' : error.hint;
    return new DataVisError(error.code, `${url}: ${error.message}`, {
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  }
  // What fetch says when there is no connection, or it breaks; a TypeError without a cause is a mistake of ours.
  if (error instanceof TypeError && error.cause !== undefined) {
    return new CliError('DATAVIS_CLI_SERVER', `No server answers at ${url}`, {
      cause: error,
      hint: 'Is it running? datavis serve prints its URL. Without --server the database file itself is opened.',
    });
  }
  return error;
}
