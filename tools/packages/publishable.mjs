// The packages that go to a registry, and the entries that their users import.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspace.mjs';

export function publishable() {
  return ['libs', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).flatMap((folder) => {
      const path = join(root, group, folder);
      if (!existsSync(join(path, 'package.json'))) return [];
      const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
      if (manifest.private) return [];
      const entries = Object.keys(manifest.exports ?? {})
        .filter((entry) => entry !== './package.json')
        .map((entry) => manifest.name + entry.slice(1));
      return [{ group, name: manifest.name, path, manifest, entries }];
    }),
  );
}
