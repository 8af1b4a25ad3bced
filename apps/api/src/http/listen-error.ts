import { ApiError } from '../errors.js';

const reasons: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  EADDRINUSE: [
    'another program listens there',
    'Name another port (0 takes a free one), or end the other program.',
  ],
  EACCES: ['this user may not', 'Ports below 1024 are for the administrator: name a higher one.'],
  EADDRNOTAVAIL: ['this machine has no such address', 'Name an address of this machine, such as 127.0.0.1.'],
  ENOTFOUND: ['there is no such host', 'Name an address of this machine, such as 127.0.0.1.'],
};

/** What a failure to listen means for whoever starts the server; other errors as they are. */
export function listenError(error: unknown, host: string, port: number): unknown {
  const [why, hint] = reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? [];
  if (why === undefined || hint === undefined) return error;
  return new ApiError('DATAVIS_API_LISTEN', `Cannot listen on ${host}, port ${port}: ${why}`, {
    cause: error,
    hint,
  });
}
