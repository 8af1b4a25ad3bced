import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importPets, makeSnapshot, startServer } from './running-server.js';
import type { RunningServer } from './running-server.js';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** For each operation, requests whose answers are checked: by suffix of the path, body, headers. `ID`s are filled in. */
const requests: Readonly<
  Record<
    string,
    readonly { path?: Record<string, string>; query?: string; body?: unknown; accept?: string; status: number }[]
  >
> = {
  getHealth: [{ status: 200 }],
  getReady: [{ status: 200 }],
  getMetrics: [{ status: 200 }],
  openSession: [{ status: 204 }],
  listDatasets: [{ status: 200 }],
  getDataset: [{ status: 200 }, { path: { dataset: 'nope' }, status: 404 }],
  listCategories: [{ status: 200 }, { path: { dataset: 'nope' }, status: 404 }],
  getStats: [{ status: 200 }],
  listFindings: [{ status: 200 }, { query: 'limit=0', status: 400 }, { query: 'cursor=x', status: 400 }],
  listImages: [
    { status: 200 },
    { query: 'include=annotations&limit=3', status: 200 },
    { query: 'prefetch=128&limit=3', status: 200 },
    { query: 'prefetch=100', status: 400 },
    { query: 'sort=-file_name&limit=1', status: 200 },
    { query: 'unknown=1', status: 400 },
    { accept: 'application/x-ndjson', status: 200 },
    { accept: 'text/html', status: 406 },
  ],
  getImage: [{ status: 200 }, { path: { image: '99999' }, status: 404 }, { path: { image: 'x' }, status: 400 }],
  listImageAnnotations: [{ status: 200 }],
  listAnnotations: [
    { query: 'area=..1000&category=dog', status: 200 },
    { accept: 'application/vnd.apache.arrow.stream', status: 200 },
  ],
  getMedia: [{ status: 200 }, { path: { image: '99999' }, status: 404 }],
  getThumbnail: [{ status: 200 }, { query: 'size=63', status: 400 }],
  getOverlay: [{ status: 200 }, { path: { image: '99999' }, status: 404 }, { query: 'size=5000', status: 400 }],
  getContactSheet: [
    { query: 'limit=4&tile=64', status: 200 },
    { query: 'limit=65', status: 400 },
    { query: 'category=dgo', status: 404 },
    { accept: 'text/html', status: 406 },
  ],
  startImport: [
    { body: { sources: ['/etc'] }, status: 403 },
    { body: { sources: [] }, status: 400 },
    { body: { sources: ['/etc'], policy: 'brutal' }, status: 400 },
  ],
  listImports: [{ status: 200 }],
  getImport: [{ status: 200 }],
  watchImport: [{ status: 200 }],
  cancelImport: [{ status: 409 }],
  resumeImport: [{ status: 409 }],
  listDuplicates: [{ status: 200 }, { query: 'limit=0', status: 400 }],
  exportDataset: [
    { status: 200 },
    { query: 'format=yolo&split=val', status: 200 },
    { query: 'merge=renumber', status: 200 },
    { query: 'format=parquet&table=annotations&category=dog', status: 200 },
    { query: 'format=parquet&table=users', status: 400 },
    { query: 'table=images', status: 400 },
    { query: 'split=nope', status: 404 },
  ],
  makeSnapshot: [
    { body: { name: 'later', dataset: 'pets' }, status: 202 },
    { body: { dataset: 'nope' }, status: 404 },
    { body: { name: '../x' }, status: 400 },
    { body: { name: 'made' }, status: 409 },
  ],
  listSnapshots: [{ status: 200 }],
  getSnapshot: [{ status: 200 }, { path: { snapshot: 'nope' }, status: 404 }],
  deleteSnapshot: [{ status: 204 }, { status: 404 }],
  verifyDataset: [{ status: 202 }, { path: { dataset: 'nope' }, status: 404 }],
  listTasks: [{ status: 200 }],
  getTask: [{ status: 200 }, { path: { task: '00000000-0000-4000-8000-000000000000' }, status: 404 }],
  watchTask: [{ status: 200 }],
  cancelTask: [{ status: 409 }],
  listPlugins: [{ status: 200 }],
  runOperation: [{ body: {}, status: 404 }],
};

let server: RunningServer;
let document: Document;
let job: string;
let task: string;
let image: string;
beforeAll(async () => {
  server = await startServer();
  job = (await importPets(server)).id;
  task = (await makeSnapshot(server, { name: 'made' })).id;
  document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;
  const { items } = (await (await fetch(`${server.url}/v1/datasets/pets/images`)).json()) as {
    items: { key: string }[];
  };
  image = items[0]?.key ?? '';
}, 60_000);
afterAll(() => server.close());

test('the document is OpenAPI 3.1, and every operation is walked', () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !(id in requests)).sort()).toEqual([]);
  expect(Object.keys(requests).filter((id) => !ids.includes(id))).toEqual([]);
});

test('real answers are what the document says', async () => {
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  ajv.addSchema({ $id: 'https://datavis.test/', components: document.components });
  const absolute = (schema: object): object =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"https://datavis.test/#/components')) as object;
  let walked = 0;
  for (const [template, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      for (const { path, query, body, accept, status } of requests[operation.operationId] ?? []) {
        const values: Record<string, string> = {
          dataset: 'pets',
          image,
          job,
          task,
          snapshot: 'made',
          namespace: 'none',
          operation: 'none',
          ...path,
        };
        const url =
          template.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '') +
          (query === undefined ? '' : `?${query}`);
        const label = `${method.toUpperCase()} ${url}`;
        const answer = await fetch(server.url + url, {
          method: method.toUpperCase(),
          headers: {
            ...(accept !== undefined && { accept }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const text = await answer.text();
        expect(answer.status, `${label}: ${text.slice(0, 300)}`).toBe(status);
        const described = operation.responses[String(status)];
        expect(described, `${label}: ${status} is not in the document`).toBeDefined();
        const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
        const content = described?.content ?? {};
        if (Object.keys(content).length === 0) expect(text, label).toBe('');
        else
          expect(
            Object.keys(content).some((one) => one === type || (one === 'image/*' && type.startsWith('image/'))),
            `${label}: ${type}`,
          ).toBe(true);
        const schema = content[type]?.schema;
        if (schema !== undefined && /json$/.test(type) && type !== 'application/x-ndjson') {
          const validate = ajv.compile(absolute(schema));
          expect(validate(JSON.parse(text)) ? [] : validate.errors, label).toEqual([]);
        }
        walked++;
      }
    }
  }
  expect(walked).toBeGreaterThan(30);
});
