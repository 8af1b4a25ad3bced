import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { App } from './http/app.js';

const tags = [
  { name: 'datasets', description: 'Datasets, their categories, statistics and findings' },
  { name: 'images', description: 'Images and their annotations, filtered and paged' },
  { name: 'pictures', description: 'Originals, thumbnails, overlays, contact sheets' },
  { name: 'imports', description: 'Imports as jobs' },
  { name: 'exports', description: 'Exports and snapshots' },
  { name: 'tasks', description: 'Verifications and snapshots under way' },
  { name: 'plugins', description: 'Plugins and their operations' },
  { name: 'system', description: 'Health, metrics, sessions' },
];

/** /openapi.json from the schemas that validate, and /docs, a page that needs nothing but this server. */
export async function installOpenApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'DataVis API', version, license: { name: 'MIT', identifier: 'MIT' } },
      tags,
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) =>
        typeof json['$id'] === 'string' ? json['$id'] : `Schema${i}`,
    },
  });
  app.get('/openapi.json', { schema: { hide: true }, config: { public: true } }, () => app.swagger());
  await app.register(async (docs) => {
    // The page's own files only; a page may be shown without a token, its calls still need one.
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, public: true };
    });
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { url: '/openapi.json' } });
  });
}
