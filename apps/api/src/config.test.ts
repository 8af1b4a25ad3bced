import { describe, expect, test } from 'vitest';
import { readConfig } from './config.js';

describe('readConfig', () => {
  test('defaults: loopback, no roots, no token', () => {
    expect(readConfig([], {})).toEqual({
      database: './datavis.duckdb',
      cacheDir: './datavis.duckdb.cache',
      cacheMaxBytes: 2 ** 31,
      originalsMaxBytes: 0,
      thumbnailMemoryBytes: 2 ** 26,
      memoryLimitBytes: undefined,
      threads: undefined,
      snapshotDir: './datavis.duckdb.snapshots',
      gcsEndpoint: undefined,
      httpHosts: undefined,
      configFile: undefined,
      logLevel: 'info',
      api: {
        host: '127.0.0.1',
        port: 8080,
        allowedHosts: [],
        roots: [],
        jobsFile: './datavis.duckdb.jobs.json',
        tasksFile: './datavis.duckdb.tasks.json',
      },
    });
  });
  test('flags win over the environment, which wins over defaults', () => {
    const env = {
      DATAVIS_PORT: '1',
      DATAVIS_HOST: '::1',
      DATAVIS_ROOTS: '/a, gs://b/c,',
      DATAVIS_TOKEN: 'x'.repeat(16),
    };
    expect(readConfig(['--port', '0', '--root', '/x', '--root', '/y'], env)).toMatchObject({
      api: { port: 0, host: '::1', roots: ['/x', '/y'], token: 'x'.repeat(16) },
    });
    expect(readConfig([], env)).toMatchObject({ api: { port: 1, roots: ['/a', 'gs://b/c'] } });
    const hosts = { DATAVIS_ALLOW_HTTP_HOSTS: 'a.example,b.example' };
    expect(readConfig([], hosts)).toMatchObject({ httpHosts: 'a.example,b.example' });
    expect(readConfig(['--allow-http-host', 'c.example', '--allow-http-host=d.example'], hosts)).toMatchObject({
      httpHosts: 'c.example,d.example',
    });
  });
  test.each([
    [['--port', '-1']],
    [['--port', '65536']],
    [['--port', '80a']],
    [['--cache-mib', '0']],
    [['--token', 'x']],
    [['file']],
  ])('%j is refused', (args) => {
    expect(() => readConfig(args, {})).toThrow(expect.objectContaining({ code: 'DATAVIS_API_CONFIG' }) as Error);
  });
  test('--help', () => {
    expect(readConfig(['--help'], {})).toBe('help');
  });
});
