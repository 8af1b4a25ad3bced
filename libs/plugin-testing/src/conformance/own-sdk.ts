import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const MARK = 'own-sdk';

/** Modules below a marked one that are the plugin's own, or the SDK's, are loaded once more under a marked address. */
const HOOKS = `
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  const isOwn = /^(?:\\.|@datavis\\/plugin-sdk(?:\\/|$))/.test(specifier);
  if (!isOwn || !(context.parentURL ?? '').endsWith('?${MARK}')) return resolved;
  return { ...resolved, url: resolved.url + '?${MARK}' };
}`;

let isRegistered = false;

/**
 * Imports a plugin's module anew, with an SDK that no one else uses: what happens when a plugin and its host come from
 * two trees of node_modules.
 */
export async function importWithOwnSdk(file: string): Promise<Readonly<Record<string, unknown>>> {
  if (!isRegistered) register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
  isRegistered = true;
  return (await import(`${pathToFileURL(file).href}?${MARK}`)) as Readonly<Record<string, unknown>>;
}
