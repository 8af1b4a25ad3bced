import { createRequire } from 'node:module';

/** Version of this package, read only when it is asked for. */
export function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('@datavis/cli/package.json') as { version: string };
  return version;
}
