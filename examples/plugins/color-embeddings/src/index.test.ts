import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conformance, createTestHost, type TestHost } from '@datavis/plugin-testing';
import { colorHistogram } from './histogram.js';
import { colorEmbeddings } from './index.js';

const solid = (r: number, g: number, b: number): Uint8Array =>
  Uint8Array.from({ length: 300 }, (_, index) => [r, g, b][index % 3] ?? 0);

it('a histogram has length 1 and tells colours apart', () => {
  const dot = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  const red = colorHistogram(solid(255, 0, 0));
  strictEqual(dot(red, red), 1);
  strictEqual(dot(red, colorHistogram(solid(0, 0, 255))), 0);
});

const picture = (rgb: Uint8Array) => ({ rgb, widthPx: 10, heightPx: 10 });
const PICTURES = {
  'red.jpg': picture(solid(250, 10, 10)),
  'red2.jpg': picture(solid(240, 20, 5)),
  'blue.jpg': picture(solid(10, 10, 250)),
};

async function filled(options?: object): Promise<TestHost> {
  const host = await createTestHost({
    plugins: [options === undefined ? colorEmbeddings : [colorEmbeddings, { options }]],
  });
  const images = Object.keys(PICTURES).map((file_name, index) => ({ id: index + 1, file_name }));
  const run = await host.ingest({ images, annotations: [] });
  if (run.error !== undefined) throw run.error;
  await host.showImages(PICTURES);
  return host;
}

it('finds the image of similar colours in DuckDB', async () => {
  const host = await filled();
  try {
    deepStrictEqual(await host.operation('color_embeddings', 'sync'), { vectors: 3 });
    const found = (await host.operation('color_embeddings', 'similar', { fileName: 'red.jpg', count: 2 })) as {
      fileName: string;
      score: number;
    }[];
    deepStrictEqual(
      found.map(({ fileName }) => fileName),
      ['red2.jpg', 'blue.jpg'],
    );
    ok((found[0]?.score ?? 0) > 0.99 && (found[1]?.score ?? 1) < 0.01);
    await rejects(host.operation('color_embeddings', 'similar', { fileName: 'none.jpg' }), {
      code: 'DATAVIS_PLUGIN_OPERATION',
    });
    await rejects(host.operation('color_embeddings', 'similar', { fileName: 'red.jpg', count: 0 }), {
      code: 'DATAVIS_PLUGIN_INPUT',
    });
  } finally {
    await host.close();
  }
});

interface QdrantBody {
  readonly points?: { id: number; vector: number[] }[];
  readonly query?: number[];
  readonly limit?: number;
}

async function bodyOf(request: IncomingMessage): Promise<QdrantBody> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as QdrantBody);
}

/** The part of Qdrant's HTTP API that the adapter uses. @see https://api.qdrant.tech */
function qdrantStandIn() {
  const calls = new Set<string>();
  const points = new Map<number, number[]>();
  let exists = false;
  const dot = (a: number[], b: number[]): number =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const [path = ''] = (request.url ?? '').split('?');
      calls.add(`${request.method} ${path}`);
      const answer = (result: unknown): void => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ result, status: 'ok', time: 0 }));
      };
      if (path.endsWith('/exists')) answer({ exists });
      else if (path.endsWith('/points/query')) {
        const scored = [...points].map(([id, vector]) => ({
          id,
          version: 0,
          score: dot(vector, body.query ?? []),
        }));
        answer({ points: scored.sort((a, b) => b.score - a.score).slice(0, body.limit) });
      } else if (path.endsWith('/points')) {
        for (const { id, vector } of body.points ?? []) points.set(id, vector);
        answer({ operation_id: 1, status: 'completed' });
      } else {
        exists = true;
        answer(true);
      }
    });
  });
  return { server, calls, points };
}

it('finds it in Qdrant, over HTTP', async () => {
  const { server, calls, points } = qdrantStandIn();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const host = await filled({ qdrant: { url, collection: 'c' } });
  try {
    deepStrictEqual(await host.operation('color_embeddings', 'sync'), { vectors: 3 });
    deepStrictEqual(await host.operation('color_embeddings', 'sync'), { vectors: 3 });
    strictEqual(points.size, 3);
    const found = await host.operation('color_embeddings', 'similar', { fileName: 'red.jpg', count: 1 });
    strictEqual((found as { fileName: string }[])[0]?.fileName, 'red2.jpg');
    deepStrictEqual(
      [...calls],
      [
        'GET /collections/c/exists',
        'PUT /collections/c',
        'PUT /collections/c/points',
        'POST /collections/c/points/query',
      ],
    );
  } finally {
    await host.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

conformance(
  colorEmbeddings,
  {
    packageFolder: fileURLToPath(new URL('..', import.meta.url)),
    badOptions: { qdrant: { url: 'no url' } },
  },
  { describe, it },
);
