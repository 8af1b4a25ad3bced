import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

/** Inside the package, so that what the bundle imports is found. */
const outDir = fileURLToPath(new URL('../node_modules/.cache/bundles', import.meta.url));

/**
 * Turns one TypeScript file and what it imports of the workspace into a file that plain Node can run, for tests that
 * need another process or thread.
 *
 * @param entry URL of the file.
 */
export async function bundle(entry: URL, name: string): Promise<URL> {
  const dir = join(outDir, `${name}-${process.pid}`);
  mkdirSync(dir, { recursive: true });
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: ['@datavis/plugin-sdk'], resolve: { conditions: ['@datavis/source', 'node', 'import'] } },
    build: {
      ssr: fileURLToPath(entry),
      outDir: dir,
      rolldownOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return pathToFileURL(join(dir, `${name}.mjs`));
}
