import type { AddressInfo } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import { ApiError } from './errors.js';
import { createApp } from './http/create-app.js';
import { createAnswersUnderWay } from './http/shutdown.js';
import { createRequestIds } from './http/request-ids.js';
import { installErrorHandling } from './http/error-handling.js';
import { createGate } from './http/gate.js';
import { listenError } from './http/listen-error.js';
import { installJsonBody } from './http/json-body.js';
import type { App } from './http/app.js';
import { createTurns } from './http/turns.js';
import { createMetrics } from './metrics.js';
import { installOpenApi } from './openapi.js';
import { packageVersion } from './package-version.js';
import { resolveLimits } from './options.js';
import type { ApiOptions } from './options.js';
import { installObservation } from './http/observation.js';
import { createPictureIndex } from './pictures/picture-index.js';
import { createWarmAnswers } from './pictures/warm-answers.js';
import { installRoutes } from './routes/index.js';
import type { ApiEngine } from './ports.js';
import { createGuard, installGuard } from './security/guard.js';
import { isLoopback } from './security/hosts.js';
import { createAuthenticator } from './security/token.js';
import { createImportJobs } from './jobs/import-jobs.js';
import { createJobStore } from './jobs/job-store.js';
import { createTasks } from './jobs/tasks.js';
import { sharedSchemas } from './schemas/index.js';

/** A server over one engine. The engine stays the caller's: it is closed after the server. */
export interface ApiServer {
  readonly app: App;
  /**
   * Starts to listen. Resolves to the base URL.
   *
   * @throws `DATAVIS_API_LISTEN` where the address or port is taken or not to be had.
   */
  listen(): Promise<string>;
  /** Stops taking requests, pauses running imports at a cursor, lets running answers end, closes. */
  close(): Promise<void>;
}

/**
 * Builds the HTTP API over an engine, without listening yet.
 *
 * @throws `DATAVIS_API_CONFIG` when it would listen beyond loopback without a token, or the token is too short.
 */
export async function createApi(engine: ApiEngine, options: ApiOptions = {}): Promise<ApiServer> {
  const { host = '127.0.0.1', port = 8080 } = options;
  const onLoopback = isLoopback(host);
  if (!onLoopback && options.token === undefined) {
    throw new ApiError(
      'DATAVIS_API_CONFIG',
      `Will not listen on ${host}: anybody in the network could read the data`,
      {
        hint: 'Give a token (at least 16 characters), or listen on 127.0.0.1.',
      },
    );
  }
  const authenticator = options.token === undefined ? undefined : createAuthenticator(options.token);
  const limits = resolveLimits(options.limits, onLoopback);
  const version = options.version ?? packageVersion();
  const gate = createGate(limits.heavyConcurrency, limits.heavyQueue);
  const streamGate = createGate(limits.streamConcurrency, limits.heavyQueue);
  const pageGate = createGate(limits.pageConcurrency, limits.maxConnections);
  const metrics = createMetrics({ heavy: gate, streams: streamGate });

  const closing = new AbortController();
  const stopped = new AbortController();
  const guard = createGuard({ allowedHosts: options.allowedHosts ?? [], authenticator });
  const nextRequestId = createRequestIds();
  const warm = createWarmAnswers({ guard, metrics, nextRequestId, peek: (key) => engine.thumbnails.peek(key) });
  // Where requests are counted, each of them goes through the counter.
  const isCounted = limits.requestsPerSecond > 0;
  const answers = createAnswersUnderWay();
  const app = createApp({
    limits,
    logger: options.logger,
    nextRequestId,
    answerFirst(request, response) {
      const isAnswered = !isCounted && !closing.signal.aborted && warm.answer(request, response);
      // What the kernel has taken whole needs no watch: that is nearly every thumbnail.
      if (!isAnswered || !response.writableFinished) answers.watch(response);
      return isAnswered;
    },
  });
  installErrorHandling(app);
  installGuard(app, guard);
  installObservation(app, metrics, options.token);
  installJsonBody(app, limits.jsonMaxDepth);
  await app.register(rateLimit, {
    global: limits.requestsPerSecond > 0,
    max: limits.requestsPerSecond || 1,
    timeWindow: 1000,
  });
  for (const schema of sharedSchemas) app.addSchema(schema);
  await installOpenApi(app, version);

  const pictures = createPictureIndex(engine.media, limits.mediaFreshnessMs);
  const onDamaged = (movedTo: string): void => {
    options.logger?.warn({ movedTo }, 'the list of jobs could not be read: it is put aside, and a new one begun');
  };
  const jobs = await createImportJobs(engine.imports, createJobStore(options.jobsFile, onDamaged), () => {
    pictures.clear();
  });
  const tasks = await createTasks(engine, createJobStore(options.tasksFile, onDamaged));
  const context = {
    engine,
    limits,
    pictures,
    warm,
    jobs,
    tasks,
    gate,
    streamGate,
    pageGate,
    nextTurn: createTurns(),
    metrics,
    authenticator,
    version,
    roots: options.roots ?? [],
    closing: closing.signal,
    stopped: stopped.signal,
  };
  await app.register((scope) => installRoutes(scope as App, context));
  app.addHook('onClose', () => {
    metrics.close();
  });
  await app.ready();

  return {
    app,
    async listen() {
      try {
        await app.listen({ host, port });
      } catch (error) {
        throw listenError(error, host, port);
      }
      return baseUrl(app.server.address() as AddressInfo);
    },
    async close() {
      closing.abort();
      const [paused] = await Promise.all([jobs.close(), tasks.close()]);
      if (paused !== undefined) {
        const { id, progress } = paused;
        const { uri, bytesRead, bytesTotal } = progress ?? {};
        options.logger?.warn(
          { job: id, uri, bytesRead, bytesTotal },
          `an import is paused at its cursor: POST /v1/imports/${id}/resume lets it go on`,
        );
      }
      stopped.abort();
      const stop = answers.dropWhenIdle(app.server, limits.shutdownTimeoutMs);
      await app.close();
      stop();
    },
  };
}

function baseUrl({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
