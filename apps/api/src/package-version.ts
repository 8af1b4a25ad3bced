import { createRequire } from 'node:module';

/** Version of this package. */
export function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('@datavis/api/package.json') as { version: string };
  return version;
}
