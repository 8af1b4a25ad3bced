import { readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { messageOf, PluginError } from '../errors.js';
import { normalisePlugin } from '../normalise.js';
import type { LoadedPlugin } from '../loaded-plugin.js';
import { manifestOf, type PluginManifest } from './manifest.js';
import { importPlugin } from './resolve-plugin.js';

type PackageJson = Record<string, unknown>;

async function readPackage(file: string): Promise<PackageJson> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as PackageJson;
  } catch (error) {
    throw new PluginError('DATAVIS_PLUGIN_NOT_FOUND', `${file}: ${messageOf(error)}`, {
      cause: error,
      hint: 'Run it in the folder of the plugin.',
    });
  }
}

/** The plugin of a package folder, from its build. */
export async function loadPackage(folder: string): Promise<{ plugin: LoadedPlugin; entry: unknown }> {
  const { entry, file } = await importPlugin(resolve(folder), join(resolve(folder), 'package.json'));
  return { plugin: await normalisePlugin(entry, {}, file), entry };
}

/** Writes the manifest of a built plugin into its package.json: what `datavis plugin build` does. */
export async function writeManifest(folder: string): Promise<PluginManifest> {
  const file = join(folder, 'package.json');
  const manifest = await readPackage(file);
  const made = manifestOf((await loadPackage(folder)).plugin);
  await writeFile(`${file}.new`, `${JSON.stringify({ ...manifest, datavis: made }, null, 2)}\n`);
  await rename(`${file}.new`, file);
  return made;
}
