import { ApiError } from '../errors.js';
import { jsonDepth } from '../security/json-depth.js';
import type { App } from './app.js';

/** JSON bodies with a bound on nesting, checked before the parse; keys that poison prototypes are refused. */
export function installJsonBody(app: App, maxDepth: number): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body as string;
    if (jsonDepth(text, maxDepth) > maxDepth) {
      done(new ApiError('DATAVIS_API_BAD_REQUEST', `The body is nested deeper than ${maxDepth} levels`));
      return;
    }
    void parse(request, text, done);
  });
}
