import { API_VERSION, type Brand } from './plugin.js';

/** Version of this package, part of every brand. A test holds it against package.json. */
export const SDK_VERSION = '0.1.0';

const notFeatures = new Set(['constructor', 'name', 'version', 'namespace', 'description', 'options', 'optional']);

/** Keys in use, own and inherited, sorted. */
function featuresOf(definition: object): string[] {
  const found = new Set<string>();
  let level: object | null = definition;
  while (level !== null && level !== Object.prototype) {
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      const used = property.get === undefined && property.value !== undefined;
      if (used && !key.startsWith('~') && !notFeatures.has(key)) found.add(key);
    }
    level = Object.getPrototypeOf(level) as object | null;
  }
  return [...found].sort();
}

export function brandOf(definition: object): Brand {
  return { kind: 'plugin', api: API_VERSION, sdk: SDK_VERSION, features: featuresOf(definition) };
}
