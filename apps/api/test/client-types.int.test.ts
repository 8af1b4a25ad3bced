import openapiTS, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '../src/index.js';
import type { ApiEngine, ApiServer } from '../src/index.js';

// The document does not depend on what the engine holds.
const engine = { thumbnails: { formats: [] } } as unknown as ApiEngine;
let server: ApiServer;
beforeAll(async () => {
  server = await createApi(engine, { version: '0.0.0' });
});
afterAll(() => server.close());

test('the client has the types of this API (after a change: npx vitest run --project api client-types -u)', async () => {
  const document = server.app.swagger() as Parameters<typeof openapiTS>[0];
  const types = astToString(
    await openapiTS(structuredClone(document), { alphabetize: true, defaultNonNullable: false }),
  );
  const header =
    '// Generated from the OpenAPI document by apps/api/test/client-types.int.test.ts. Not edited by hand.\n\n';
  await expect(header + types).toMatchFileSnapshot('../../../libs/client/src/schema.ts');
});
