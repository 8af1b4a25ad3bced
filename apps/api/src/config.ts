import { parseArgs } from 'node:util';
import { ApiError } from './errors.js';
import type { ApiOptions } from './options.js';

/** What a server process is started with. */
export interface ApiConfig {
  readonly database: string;
  readonly cacheDir: string;
  readonly cacheMaxBytes: number;
  /** Budget of the originals of `gs://` that are kept on this disk; 0 keeps none. */
  readonly originalsMaxBytes: number;
  /** Thumbnails kept in memory. */
  readonly thumbnailMemoryBytes: number;
  readonly memoryLimitBytes: number | undefined;
  /** Threads that work on queries. */
  readonly threads: number | undefined;
  /** Where snapshots are kept. */
  readonly snapshotDir: string;
  /** Another endpoint than Google's for `gs://`, such as an emulator. */
  readonly gcsEndpoint: string | undefined;
  /** Hosts that may be read over HTTP(S), with commas. */
  readonly httpHosts: string | undefined;
  readonly configFile: string | undefined;
  readonly logLevel: string;
  readonly api: ApiOptions;
}

const MIB = 1024 * 1024;

export const usage = `Usage: datavis-api [options]

  --db FILE            database            DATAVIS_DB            ./datavis.duckdb
  --host ADDRESS       listen on           DATAVIS_HOST          127.0.0.1
  --port N             listen on           DATAVIS_PORT          8080
  --allowed-host NAME  name it is reached under; repeat, or DATAVIS_ALLOWED_HOSTS with commas
  --root DIR|URI       imports may read below; repeat, or DATAVIS_ROOTS with commas
  --allow-http-host HOST  may be read over HTTP(S); repeat, or DATAVIS_ALLOW_HTTP_HOSTS with commas
  --cache-dir DIR      thumbnails          DATAVIS_CACHE_DIR     beside the database
  --cache-mib N        their budget        DATAVIS_CACHE_MIB     2048
  --thumb-memory-mib N  thumbnails in memory  DATAVIS_THUMB_MEMORY_MIB  64
  --originals-mib N    originals of gs:// kept beside the database  DATAVIS_ORIGINALS_MIB  0
  --snapshot-dir DIR   snapshots           DATAVIS_SNAPSHOT_DIR  beside the database
  --memory-mib N       database's buffers  DATAVIS_MEMORY_MIB    256
  --threads N          for queries         DATAVIS_THREADS       half of the cores
  --config FILE        plugins             DATAVIS_CONFIG        datavis.config.* from here upward
  --log-level LEVEL    as in pino          DATAVIS_LOG_LEVEL     info
  --help

The token is read from DATAVIS_TOKEN alone: arguments are visible to every user of the machine.
STORAGE_EMULATOR_HOST is another endpoint for gs:// than Google's.
`;

/**
 * Flags over environment over defaults.
 *
 * @throws `DATAVIS_API_CONFIG` that names the option.
 */
export function readConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ApiConfig | 'help' {
  const flags = parseFlags(args);
  if (flags.help === true) return 'help';
  const database = flags.db ?? env['DATAVIS_DB'] ?? './datavis.duckdb';
  const token = env['DATAVIS_TOKEN'];
  const memoryMib = integer('--memory-mib', flags['memory-mib'] ?? env['DATAVIS_MEMORY_MIB'], 64, 1_048_576);
  return {
    database,
    cacheDir: flags['cache-dir'] ?? env['DATAVIS_CACHE_DIR'] ?? `${database}.cache`,
    cacheMaxBytes:
      (integer('--cache-mib', flags['cache-mib'] ?? env['DATAVIS_CACHE_MIB'], 1, 1_048_576) ?? 2048) * MIB,
    thumbnailMemoryBytes:
      (integer('--thumb-memory-mib', flags['thumb-memory-mib'] ?? env['DATAVIS_THUMB_MEMORY_MIB'], 0, 65_536) ??
        64) * MIB,
    originalsMaxBytes:
      (integer('--originals-mib', flags['originals-mib'] ?? env['DATAVIS_ORIGINALS_MIB'], 0, 67_108_864) ?? 0) *
      MIB,
    memoryLimitBytes: memoryMib === undefined ? undefined : memoryMib * MIB,
    threads: integer('--threads', flags.threads ?? env['DATAVIS_THREADS'], 1, 1024),
    snapshotDir: flags['snapshot-dir'] ?? env['DATAVIS_SNAPSHOT_DIR'] ?? `${database}.snapshots`,
    gcsEndpoint: env['STORAGE_EMULATOR_HOST'],
    httpHosts: flags['allow-http-host']?.join(',') ?? env['DATAVIS_ALLOW_HTTP_HOSTS'],
    configFile: flags.config ?? env['DATAVIS_CONFIG'],
    logLevel: flags['log-level'] ?? env['DATAVIS_LOG_LEVEL'] ?? 'info',
    api: {
      host: flags.host ?? env['DATAVIS_HOST'] ?? '127.0.0.1',
      port: integer('--port', flags.port ?? env['DATAVIS_PORT'], 0, 65_535) ?? 8080,
      allowedHosts: flags['allowed-host'] ?? list(env['DATAVIS_ALLOWED_HOSTS']),
      roots: flags.root ?? list(env['DATAVIS_ROOTS']),
      jobsFile: `${database}.jobs.json`,
      tasksFile: `${database}.tasks.json`,
      ...(token !== undefined && token !== '' && { token }),
    },
  };
}

function parseFlags(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const texts = { type: 'string', multiple: true } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        db: text,
        host: text,
        port: text,
        'allowed-host': texts,
        root: texts,
        'allow-http-host': texts,
        'cache-dir': text,
        'cache-mib': text,
        'thumb-memory-mib': text,
        'originals-mib': text,
        'memory-mib': text,
        threads: text,
        'snapshot-dir': text,
        config: text,
        'log-level': text,
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new ApiError('DATAVIS_API_CONFIG', (error as Error).message, { cause: error, hint: 'See --help.' });
  }
}

function list(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function integer(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new ApiError(
      'DATAVIS_API_CONFIG',
      `${name} is ${JSON.stringify(text)}; it must be an integer from ${min} to ${max}`,
    );
  }
  return value;
}
