import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DataVisConfig } from '@datavis/plugin-sdk';
import { messageOf, PluginError } from '../errors.js';

const NAMES = ['ts', 'mts', 'js', 'mjs', 'json'].map((extension) => `datavis.config.${extension}`);

export interface FindConfigOptions {
  readonly cwd: string;
  /**
   * Paths or `file:` URIs of datasets being opened: a config inside one is never run, since whoever made the dataset
   * wrote it. What is not on this disk counts for nothing.
   */
  readonly datasetFolders?: readonly string[];
  readonly note?: (message: string) => void;
}

function real(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path);
}

function localPath(place: string): string | undefined {
  if (place.toLowerCase().startsWith('file:')) return fileURLToPath(place);
  return /^[a-z][\w+.-]+:\/\//i.test(place) ? undefined : place;
}

function isInside(folder: string, outer: string): boolean {
  const path = relative(outer, folder);
  return path === '' || (path !== '..' && !path.startsWith(`..${sep}`) && resolve(outer, path) === folder);
}

/** The nearest `datavis.config.*` from `cwd` upward, to the repository's root at most. */
export function findConfig(options: FindConfigOptions): string | undefined {
  const datasets = (options.datasetFolders ?? []).flatMap((place) => localPath(place) ?? []).map(real);
  let folder = real(options.cwd);
  for (;;) {
    const file = NAMES.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (file !== undefined) {
      if (!datasets.some((dataset) => isInside(folder, dataset))) return file;
      options.note?.(`${file} is not used: it lies inside a dataset. Name it with --config if you trust it`);
    }
    const parent = dirname(folder);
    if (parent === folder || existsSync(join(folder, '.git'))) return undefined;
    folder = parent;
  }
}

function configError(file: string, message: string, options: { cause?: unknown; hint?: string } = {}): PluginError {
  return new PluginError('DATAVIS_PLUGIN_CONFIG', `${file}: ${message}`, options);
}

/** Runs the config file and takes its default export. */
export async function readConfig(file: string): Promise<DataVisConfig> {
  if (!existsSync(file)) throw configError(file, 'there is no such file');
  let config: unknown;
  try {
    if (file.endsWith('.json')) config = JSON.parse(await readFile(file, 'utf8'));
    else config = ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (error) {
    const hint = typescriptHint(file, error);
    throw configError(file, messageOf(error), { cause: error, ...(hint !== undefined && { hint }) });
  }
  const plugins = typeof config === 'object' && config !== null && 'plugins' in config ? config.plugins : [];
  if (typeof config !== 'object' || config === null || !Array.isArray(plugins)) {
    throw configError(file, 'it has no list "plugins"', {
      hint: 'Write: export default defineConfig({ plugins: [] });',
    });
  }
  return config;
}

/** Node before 22.18 cannot load TypeScript; its own message does not say what to do. */
export function typescriptHint(file: string, error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return /\.m?ts$/.test(file) && code === 'ERR_UNKNOWN_FILE_EXTENSION'
    ? `Node ${process.versions.node} cannot load TypeScript: use Node 22.18 or newer, or compile to .mjs.`
    : undefined;
}
