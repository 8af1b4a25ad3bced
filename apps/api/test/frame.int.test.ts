import { connect } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../src/index.js';
import type { ApiEngine, ApiServer } from '../src/index.js';
import { rawGet, rawHttp, rawPost } from './raw-http.js';

// The frame knows nothing of datasets: these tests need no database.
const engine = { catalog: { ping: () => Promise.resolve() }, thumbnails: { formats: [] } } as unknown as ApiEngine;

interface Problem {
  readonly code: string;
  readonly requestId: string;
  readonly status: number;
}
const problem = (answer: { body: string }): Problem => JSON.parse(answer.body) as Problem;

describe('on loopback, without a token', () => {
  let server: ApiServer;
  let url: string;
  beforeAll(async () => {
    server = await createApi(engine, {
      port: 0,
      allowedHosts: ['data.example'],
      limits: { requestTimeoutMs: 1000 },
    });
    url = await server.listen();
  });
  afterAll(() => server.close());

  test('answers under loopback names, plain addresses and names it was given', async () => {
    for (const host of [
      'localhost:8080',
      '127.0.0.1',
      '[::1]:1',
      '192.168.3.4:80',
      'LOCALHOST',
      'localhost.',
      'data.example:443',
    ]) {
      expect(await rawGet(url, '/health', { host }), host).toMatchObject({ status: 200 });
    }
  });

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'localhost@evil',
    'evil:80:80',
    'data.example.evil',
    '[::1].evil',
    '',
    'a b',
  ])('refuses Host %j: DNS rebinding', async (host) => {
    const answer = await rawGet(url, '/health', { host });
    expect([400, 403]).toContain(answer.status);
    if (answer.status === 403) expect(problem(answer).code).toBe('DATAVIS_API_HOST_NOT_ALLOWED');
  });

  test('a request without Host is 400', async () => {
    expect(await rawHttp(url, 'GET /health HTTP/1.1\r\nconnection: close\r\n\r\n')).toMatchObject({ status: 400 });
  });

  test.each(['https://evil.example', 'null', 'http://localhost.evil', 'http://127.0.0.1:1'])(
    'refuses Origin %s',
    async (origin) => {
      const answer = await rawGet(url, '/health', { origin });
      expect(answer.status).toBe(403);
      expect(problem(answer).code).toBe('DATAVIS_API_ORIGIN_NOT_ALLOWED');
    },
  );

  test('takes its own origin, and sends no CORS header ever', async () => {
    const answer = await rawGet(url, '/health', { origin: new URL(url).origin });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('every answer carries the security headers and a request id, errors too', async () => {
    for (const path of ['/health', '/nothing', '/%zz']) {
      const { headers } = await rawGet(url, path);
      expect(headers, path).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
      expect(headers['content-security-policy'], path).toContain("default-src 'none'");
      expect(headers['x-request-id'], path).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('a caller names its request; a name that could forge a log line is replaced', async () => {
    expect((await rawGet(url, '/health', { 'x-request-id': 'my-request-1' })).headers['x-request-id']).toBe(
      'my-request-1',
    );
    expect((await rawGet(url, '/health', { 'x-request-id': 'a b"{}' })).headers['x-request-id']).toMatch(
      /^[0-9a-f-]{36}$/,
    );
  });

  test('what is not there is a problem with a code and the request id', async () => {
    const answer = await rawGet(url, '/v1/nothing');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(problem(answer)).toMatchObject({
      code: 'DATAVIS_API_NOT_FOUND',
      requestId: answer.headers['x-request-id'],
    });
  });

  test('an undecodable path is 400, a very long one 404 or 414, never 500', async () => {
    expect((await rawGet(url, '/v1/datasets/%E0%A4%A')).status).toBe(400);
    expect([404, 414]).toContain((await rawGet(url, `/v1/${'a'.repeat(9000)}`)).status);
    const long = await rawGet(url, `/v1/${'a'.repeat(20_000)}`);
    expect([long.status, problem(long)]).toMatchObject([431, { status: 431, code: 'DATAVIS_API_TOO_LARGE' }]);
  });

  test('JSON nested 100,000 deep is 400', async () => {
    const answer = await rawPost(url, '/v1/session', '['.repeat(100_000) + ']'.repeat(100_000));
    expect(answer.status).toBe(400);
    expect(problem(answer).code).toBe('DATAVIS_API_BAD_REQUEST');
    expect((await rawPost(url, '/v1/session', '{"a":'.repeat(40_000))).status).toBe(400);
  });

  test('a body above the limit is 413, of another type 415, broken or poisoned JSON 400', async () => {
    expect((await rawPost(url, '/v1/session', `"${'a'.repeat(300_000)}"`)).status).toBe(413);
    expect(
      (await rawPost(url, '/v1/session', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(415);
    expect((await rawPost(url, '/v1/session', '{"a":')).status).toBe(400);
    expect((await rawPost(url, '/v1/session', '{"__proto__":{"admin":true}}')).status).toBe(400);
  });

  test('headers that never end are cut off at the timeout', async () => {
    const answer = await rawHttp(url, 'GET /health HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
    expect([answer.status, problem(answer).code]).toEqual([408, 'DATAVIS_API_TIMEOUT']);
    expect(answer.elapsedMs).toBeLessThan(5000);
  });

  test('a body that trickles in ends at the request timeout', async () => {
    const answer = await rawHttp(
      url,
      'POST /v1/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    expect([answer.status, problem(answer).code]).toEqual([408, 'DATAVIS_API_TIMEOUT']);
    expect(answer.elapsedMs).toBeLessThan(5000);
  });

  test('two requests smuggled into one by both lengths are refused', async () => {
    const answer = await rawHttp(
      url,
      'POST /v1/session HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nhost: localhost\r\n\r\n',
    );
    expect(answer.status).toBe(400);
  });

  test.each([
    [
      'two Host headers',
      'GET /health HTTP/1.1\r\nhost: localhost\r\nHost: evil.example\r\nconnection: close\r\n\r\n',
    ],
    [
      'a host in the URL',
      'GET http://evil.example/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    ],
    ['folded headers', 'GET /health HTTP/1.1\r\nhost: localhost\r\nx: a\r\n b\r\n\r\n'],
    ['lines without CR', 'GET /health HTTP/1.1\nhost: localhost\n\n'],
    ['NUL in the path', 'GET /heal\0th HTTP/1.1\r\nhost: localhost\r\n\r\n'],
    ['what is no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01'],
    [
      'a body that is packed',
      'POST /v1/session HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd',
    ],
  ])('%s is 400 as a problem', async (_, request) => {
    const answer = await rawHttp(url, request);
    expect([answer.status, problem(answer).code]).toEqual([400, 'DATAVIS_API_BAD_REQUEST']);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-request-id': problem(answer).requestId,
    });
  });

  test.each([
    [
      'in chunks that never say how many',
      'transfer-encoding: chunked\r\n\r\n' + `10000\r\n${'a'.repeat(65_536)}\r\n`.repeat(8),
    ],
    ['by its length alone', 'content-length: 10737418240\r\n\r\n{'],
  ])('a body above the limit, told %s, is 413 before it is read', async (_, rest) => {
    const head =
      'POST /v1/session HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n';
    const answer = await rawHttp(url, head + rest);
    expect([answer.status, problem(answer).code]).toEqual([413, 'DATAVIS_API_TOO_LARGE']);
  });

  test('metrics count by route, not by path', async () => {
    await rawGet(url, '/v1/unknown-path-for-metrics');
    const { body } = await rawGet(url, '/metrics');
    expect(body).toContain('datavis_http_responses_total{method="GET",route="/health",status="200"}');
    expect(body).not.toContain('unknown-path-for-metrics');
  });
});

describe('with a token', () => {
  const token = 'correct-horse-battery-staple';
  let server: ApiServer;
  let url: string;
  beforeAll(async () => {
    server = await createApi(engine, { host: '0.0.0.0', port: 0, token, limits: { requestsPerSecond: 50 } });
    url = (await server.listen()).replace('0.0.0.0', '127.0.0.1');
  });
  afterAll(() => server.close());

  test.each([undefined, 'Bearer wrong', `Bearer ${token}x`, `Basic ${token}`, 'Bearer', `bearer${token}`])(
    'authorization %j is 401',
    async (authorization) => {
      const answer = await rawGet(url, '/metrics', authorization === undefined ? {} : { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
    },
  );

  test('the token opens, also exchanged for a cookie; health needs none', async () => {
    const authorization = `Bearer ${token}`;
    expect((await rawGet(url, '/metrics', { authorization })).status).toBe(200);
    const session = await rawPost(url, '/v1/session', '{}', { authorization });
    expect(session.status).toBe(204);
    const setCookie = session.headers['set-cookie'] ?? '';
    expect(setCookie).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect(setCookie).not.toContain(token);
    const cookie = setCookie.split(';')[0] ?? '';
    expect((await rawGet(url, '/metrics', { cookie: `other=1; ${cookie}` })).status).toBe(200);
    expect((await rawGet(url, '/metrics', { cookie: `${cookie}x` })).status).toBe(401);
    expect((await rawGet(url, '/health')).status).toBe(200);
  });

  test('too many requests a second are 429 with a code', async () => {
    const answers = await Promise.all(Array.from({ length: 120 }, () => rawGet(url, '/health')));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused && problem(refused).code).toBe('DATAVIS_API_RATE_LIMITED');
    expect(refused?.headers['retry-after']).toBeDefined();
  });
});

test('a database that does not answer makes the server unready, not unwell', async () => {
  const broken = {
    catalog: { ping: () => Promise.reject(new Error('invalidated')) },
    thumbnails: { formats: [] },
  } as unknown as ApiEngine;
  const server = await createApi(broken, { port: 0 });
  const url = await server.listen();
  const ready = await rawGet(url, '/ready');
  expect([ready.status, JSON.parse(ready.body)]).toEqual([503, { status: 'unavailable' }]);
  expect((await rawGet(url, '/health')).status).toBe(200);
  await server.close();
});

describe('the log', () => {
  const token = 'correct-horse-battery-staple';
  test.each([
    ['the token in a header', '/v1/datasets', { authorization: `Bearer ${token}` }],
    ['the token as a parameter', `/v1/nothing?token=${token}`, {}],
    ['the token as another parameter', `/v1/nothing?a=1&x=${token}`, {}],
    ['the token in the path', `/v1/nothing/${token}`, {}],
    ['a wrong token', '/v1/nothing', { authorization: 'Bearer secret-of-somebody' }],
    ['a cookie', '/v1/nothing', { cookie: 'datavis_session=secret-of-somebody' }],
    ['another secret as a parameter', '/v1/nothing?X-Goog-Signature=secret-of-somebody&a=1', {}],
    ['the credentials of a source', '/v1/imports', { body: '{"sources":["gs://me:secret-of-somebody@bucket/a"]}' }],
  ] as const)('does not hold %s', async (_, path, sent) => {
    const lines: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const server = await createApi(engine, { port: 0, token, logger });
    const url = await server.listen();
    const { body, ...headers } = { body: undefined, ...sent };
    if (body === undefined) await rawGet(url, path, headers);
    else await rawPost(url, path, body, { authorization: `Bearer ${token}` });
    await server.close();
    const line = lines.find((one) => one.includes('"msg":"request"')) ?? '';
    expect(line).toContain(`"url":"${path.split('/', 3).join('/').split('?')[0] ?? ''}`);
    expect(line.match(/"reqId"/g)).toHaveLength(1);
    expect(lines.join('')).not.toMatch(/correct-horse|secret-of-somebody/);
  });
});

describe('start and end', () => {
  test.each(['0.0.0.0', '::', '192.168.1.5', 'example.org'])(
    'will not listen on %s without a token',
    async (host) => {
      await expect(createApi(engine, { host, port: 0 })).rejects.toMatchObject({ code: 'DATAVIS_API_CONFIG' });
    },
  );

  test('a short token is refused', async () => {
    await expect(createApi(engine, { token: 'secret', port: 0 })).rejects.toMatchObject({
      code: 'DATAVIS_API_CONFIG',
    });
  });

  test('close() ends idle connections and lets the port go', async () => {
    const server = await createApi(engine, { port: 0 });
    const url = await server.listen();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('connect', resolve));
    await server.close();
    await ended;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});
