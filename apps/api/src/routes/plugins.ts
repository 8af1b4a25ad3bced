import { Type } from 'typebox';
import type { App } from '../http/app.js';
import { requestSignal } from '../http/request-signal.js';
import { problems } from '../schemas/common.js';
import type { RouteContext } from './context.js';

const Name = Type.String({ minLength: 1, maxLength: 200 });

const Operation = Type.Object({
  name: Type.String(),
  title: Type.String(),
  description: Type.Union([Type.String(), Type.Null()]),
  mutates: Type.Boolean({ description: 'Whether it changes anything' }),
  fields: Type.Unsafe<unknown>({ description: 'What the input holds, field by field' }),
});

const Plugin = Type.Object({
  name: Type.String(),
  namespace: Type.String(),
  version: Type.String(),
  formats: Type.Array(Type.String(), { description: 'What an import can be given as `format`' }),
  schemes: Type.Array(Type.String(), { description: 'Of places that it opens, such as `mem` for `mem://…`' }),
  state: Type.String({ description: '`idle`, `ready` or `quarantined`' }),
  error: Type.Union([Type.String(), Type.Null()]),
  operations: Type.Array(Operation),
});

/** Plugins that are enabled, and what they can be asked to do. */
export function pluginRoutes(app: App, { engine: { plugins }, gate, limits }: RouteContext): void {
  const tags = ['plugins'];

  app.get(
    '/v1/plugins',
    {
      schema: {
        tags,
        operationId: 'listPlugins',
        summary: 'Plugins in the order in which they run',
        response: { 200: Type.Object({ items: Type.Array(Plugin) }), ...problems() },
      },
    },
    () => {
      const operations = plugins.operations();
      return {
        items: plugins.list().map(({ name, namespace, version, formats, schemes, state, error }) => ({
          name,
          namespace,
          version,
          formats: [...formats],
          schemes: [...schemes],
          state,
          error: error ?? null,
          operations: operations
            .filter((operation) => operation.plugin === name)
            .map(({ name: operation, title, description = null, mutates, fields }) => ({
              name: operation,
              title,
              description,
              mutates,
              fields,
            })),
        })),
      };
    },
  );

  app.post(
    '/v1/plugins/:namespace/operations/:operation',
    {
      config: { rateLimit: { max: limits.jobsPerMinute, timeWindow: 60_000 } },
      schema: {
        tags,
        operationId: 'runOperation',
        summary: 'Run an operation of a plugin',
        params: Type.Object({ namespace: Name, operation: Name }),
        body: Type.Optional(Type.Unsafe<unknown>({ description: 'Input, checked by the plugin' })),
        response: {
          200: Type.Object({ result: Type.Unsafe<unknown>({ description: 'JSON, by the plugin' }) }),
          ...problems(404, 413, 415, 503, 504),
        },
      },
    },
    async (request, reply) => {
      const { namespace, operation } = request.params;
      const signal = requestSignal(reply, limits.queryTimeoutMs);
      const result = await gate.run(signal, () =>
        plugins.run(namespace, operation, request.body ?? {}, { signal }),
      );
      return { result };
    },
  );
}
