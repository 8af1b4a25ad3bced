import type { App } from './app.js';
import type { Metrics } from '../metrics.js';

/** Answers slower than this are logged though they went well. */
const SLOW_MS = 1000;
/** Names of parameters under which clients send secrets, though none is asked for there. */
const SECRET_PARAMETER =
  /([?&][^=&]*(?:token|secret|password|passwd|signature|sig|credential|auth|key)[^=&]*=)[^&]*/gi;

/**
 * Counts and times every answer; logs those that failed, were slow, or changed something. Never logs headers, nor what
 * looks like a secret in a URL.
 */
export function installObservation(app: App, metrics: Metrics, token: string | undefined): void {
  const withoutSecrets = (url: string): string => {
    const hidden = url.replace(SECRET_PARAMETER, '$1***');
    return token === undefined ? hidden : hidden.replaceAll(token, '***');
  };
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const { statusCode, elapsedTime } = reply;
    metrics.observe(method, request.routeOptions.url ?? 'none', statusCode, elapsedTime);
    const notable = statusCode >= 400 || elapsedTime > SLOW_MS || (method !== 'GET' && method !== 'HEAD');
    const url = withoutSecrets(request.url);
    request.log[notable ? 'info' : 'debug'](
      { method, url, statusCode, elapsedMs: Math.round(elapsedTime) },
      'request',
    );
    done();
  });
}
