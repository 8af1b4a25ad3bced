import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFileServer } from '../../testing/http-server.js';
import type { FileServer } from '../../testing/http-server.js';
import { codeOf, collect, patterned } from '../conformance/harness.js';
import { createStores } from '../stores/create-stores.js';
import { isPublicAddress } from './http-address.js';
import { HttpObjectStore } from './http-object-store.js';
import type { HttpObjectStoreOptions } from './http-object-store.js';
import { redirected } from './http-policy.js';

const FORBIDDEN = 'DATAVIS_STORAGE_FORBIDDEN';
let server: FileServer;
let other: FileServer;
let stores: HttpObjectStore[] = [];

beforeEach(async () => {
  server = await startFileServer(new Map([['x', patterned(300_000)]]));
  other = await startFileServer(new Map([['x', patterned(300_000, 5)]]));
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  await server.close();
  await other.close();
});

function open(options: Partial<HttpObjectStoreOptions> = {}): HttpObjectStore {
  const store = new HttpObjectStore({
    root: `http://${server.host}`,
    allowHosts: [server.host],
    allowPrivateAddresses: true,
    idleTimeoutMs: 500,
    retryBaseMs: 2,
    ...options,
  });
  stores.push(store);
  return store;
}

/** Code of the error of an opening, or of the first read. */
async function refusal(root: string, options: Partial<HttpObjectStoreOptions> = {}): Promise<string> {
  return codeOf((async () => collect(open({ root, ...options }).read('x')))());
}

describe('who is asked', () => {
  it('nobody, unless the application allows hosts', async () => {
    expect(await codeOf(createStores().open('https://example.org/set'))).toBe('DATAVIS_STORAGE_SCHEME');
    const stores_ = createStores({ http: { allowHosts: ['data.example.org'] } });
    expect((await stores_.open('https://data.example.org/set')).root).toBe('https://data.example.org/set');
    expect(await codeOf(stores_.open('https://example.org/set'))).toBe(FORBIDDEN);
  });

  it('hosts of the list alone, to the letter and the port', async () => {
    const options = { allowHosts: ['data.example.org', '*.cdn.example.org', 'x.org:8080'] };
    for (const root of ['https://data.example.org', 'https://a.b.cdn.example.org/y', 'http://x.org:8080']) {
      expect(open({ root, ...options }).root).toBe(root);
    }
    for (const root of [
      'https://example.org',
      'https://data.example.org.evil.org',
      'https://evildata.example.org',
      'https://cdn.example.org',
      'https://data.example.org:444',
      'http://x.org',
      'ftp://data.example.org',
    ]) {
      expect([root, await refusal(root, options)]).toEqual([root, FORBIDDEN]);
    }
  });

  it('no URL with a secret in it, which then stands in no error', async () => {
    const options = { allowHosts: ['data.example.org'] };
    for (const root of ['https://me:secret@data.example.org', 'https://data.example.org/?token=secret']) {
      const failed: unknown = await Promise.resolve()
        .then(() => open({ root, ...options }))
        .catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: FORBIDDEN });
      expect(String(failed)).not.toContain('secret');
    }
  });

  it('no address of this machine or of a private network, however it is written', async () => {
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:10.0.0.1]', '169.254.169.254']) {
      const allowHosts = [new URL(`http://${host}`).host];
      const root = `http://${host}/`;
      expect([host, await refusal(root, { allowHosts, allowPrivateAddresses: false })]).toEqual([host, FORBIDDEN]);
    }
    // A name is refused by what it stands for, when the socket is opened.
    const named = `localhost:${server.host.split(':')[1] ?? ''}`;
    const options = { allowHosts: [named], allowPrivateAddresses: false };
    expect(await refusal(`http://${named}`, options)).toBe(FORBIDDEN);
    expect(await codeOf(open({ root: `http://${named}`, ...options }).stat('x'))).toBe(FORBIDDEN);
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['10.1.2.3', false],
    ['100.64.0.1', false],
    ['172.16.0.1', false],
    ['192.168.1.1', false],
    ['0.0.0.0', false],
    ['224.0.0.1', false],
    ['fd00::1', false],
    ['fe80::1', false],
    ['64:ff9b::a00:1', false],
    ['2002:7f00:1::', false],
    ['no address', false],
  ])('%s is public: %s', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});

describe('redirects', () => {
  const redirectTo = (from: FileServer, location: string): void => {
    from.interfere = (_request, response) => {
      response.writeHead(302, { location }).end();
      return true;
    };
  };

  it('are followed to hosts of the list, and to no others', async () => {
    redirectTo(server, `http://${other.host}/x`);
    expect(await refusal(`http://${server.host}`)).toBe(FORBIDDEN);
    expect(other.requests).toEqual([]);
    const store = open({ allowHosts: [server.host, other.host] });
    expect((await collect(store.read('x'))).equals(patterned(300_000, 5))).toBe(true);
    expect((await store.stat('x'))?.size).toBe(300_000);
  });

  it('end after the third', async () => {
    redirectTo(server, '/again');
    expect(await refusal(`http://${server.host}`)).toBe('DATAVIS_STORAGE_IO');
    expect(server.requests).toHaveLength(4);
  });

  it('lead from https to https only, never to a file, and never to a user', () => {
    const from = new URL('https://a.org/x');
    const policy = { allowHosts: ['a.org', 'b.org'] };
    const to = (location: string | undefined) => () => redirected(from, location, policy, 'https://a.org');
    expect(to('//b.org/y')().href).toBe('https://b.org/y');
    for (const location of ['http://b.org/y', 'file:///etc/passwd', 'https://me@b.org', undefined]) {
      expect(to(location)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/FORBIDDEN|IO/) as string }),
      );
    }
  });
});

describe('servers that are not as they should be', () => {
  it('a body that breaks off goes on at its byte', async () => {
    let first = true;
    server.interfere = (_request, response) => {
      if (!first) return false;
      first = false;
      response.writeHead(200, { 'content-length': 300_000, etag: '"cut"' });
      response.write(patterned(300_000).subarray(0, 100_000), () => response.socket?.destroy());
      return true;
    };
    // The version was another one before the cut: nothing is mixed.
    expect(await codeOf(collect(open().read('x')))).toBe('DATAVIS_STORAGE_CHANGED');
    const { version } = (await open().stat('x')) ?? {};
    first = true;
    server.interfere = (_request, response) => {
      if (!first) return false;
      first = false;
      response.writeHead(200, { 'content-length': 300_000, etag: version });
      response.write(patterned(300_000).subarray(0, 100_000), () => response.socket?.destroy());
      return true;
    };
    expect((await collect(open().read('x'))).equals(patterned(300_000))).toBe(true);
    expect(server.requests.at(-1)).toBe('GET /x bytes=100000-');
  });

  it('503 and silence are tried again, and end in UNAVAILABLE', async () => {
    let answers = 0;
    server.interfere = (_request, response) => {
      answers++;
      if (answers === 1) response.writeHead(503, { 'retry-after': '0' }).end();
      return answers <= 2; // The second one never ends.
    };
    expect((await collect(open().read('x'))).length).toBe(300_000);
    server.interfere = () => true;
    expect(await codeOf(collect(open().read('x')))).toBe('DATAVIS_STORAGE_UNAVAILABLE');
  });

  it('one without ranges sends all, and what lies before is dropped', async () => {
    server.interfere = (request) => {
      delete request.headers.range;
      return false;
    };
    const got = await collect(open().read('x', { start: 1_000, end: 250_000 }));
    expect(got.equals(patterned(300_000).subarray(1_000, 250_000))).toBe(true);
  });

  it('one that knows no HEAD tells the size by a range; packed bodies and unknown sizes are refused', async () => {
    server.interfere = (request, response) => {
      if (request.method !== 'HEAD') return false;
      response.writeHead(405).end();
      return true;
    };
    expect(await open().stat('x')).toMatchObject({ size: 300_000 });
    const headers: Record<string, string>[] = [{ 'content-encoding': 'gzip', 'content-length': '9' }, {}];
    for (const each of headers) {
      server.interfere = (_request, response) => {
        response.writeHead(200, each).end('123456789');
        return true;
      };
      expect(await codeOf(collect(open().read('x')))).toBe('DATAVIS_STORAGE_UNSUPPORTED');
    }
    expect(await codeOf(open().list().next())).toBe('DATAVIS_STORAGE_UNSUPPORTED');
  });
});
