import type { App } from './app.js';
import type { Metrics } from '../metrics.js';

/** Answers slower than this are logged though they went well. */
const SLOW_MS = 1000;

/** Counts and times every answer; logs those that failed, were slow, or changed something. Never logs headers. */
export function installObservation(app: App, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const { statusCode, elapsedTime } = reply;
    metrics.observe(method, request.routeOptions.url ?? 'none', statusCode, elapsedTime);
    const notable = statusCode >= 400 || elapsedTime > SLOW_MS || (method !== 'GET' && method !== 'HEAD');
    const line = { reqId: request.id, method, url: request.url, statusCode, elapsedMs: Math.round(elapsedTime) };
    if (notable) request.log.info(line, 'request');
    else request.log.debug(line, 'request');
    done();
  });
}
