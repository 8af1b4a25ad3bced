import { readdirSync } from 'node:fs';
import { defaultServerConditions } from 'vite';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

/**
 * Lanes by file name: `x.test.ts` (unit), `x.prop.test.ts`, `x.int.test.ts` (disk, DuckDB), `x.corpus.test.ts`
 * (needs the corpus folder beside the clone), `x.slow.test.ts`. `x.type.test.ts` is checked by the compiler:
 * to run it would count calls that do nothing as passed tests.
 * Chosen by vitest's own --mode; without it, all lanes but the slow one run.
 */
const lanes: Record<string, { include: string[]; exclude: string[] }> = {
  test: { include: ['**/*.test.ts'], exclude: ['**/*.{type,slow}.test.ts'] },
  unit: { include: ['**/*.test.ts'], exclude: ['**/*.{type,slow,int,corpus}.test.ts'] },
  int: { include: ['**/*.int.test.ts'], exclude: [] },
  corpus: { include: ['**/*.corpus.test.ts'], exclude: [] },
  slow: { include: ['**/*.slow.test.ts'], exclude: [] },
};

export default defineConfig(({ mode }) => {
  const lane = lanes[mode];
  if (lane === undefined) throw new Error(`--mode ${mode}: not one of ${Object.keys(lanes).join(', ')}`);
  const conditions = ['@datavis/source', ...defaultServerConditions];

  const project = (name: string, root: string, exclude: string[] = []): TestProjectConfiguration => ({
    root,
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      include: lane.include,
      exclude: ['**/node_modules/**', '**/dist/**', ...lane.exclude, ...exclude],
      env: { NODE_ENV: 'test' },
      // Worker threads that tests start run from source too.
      execArgv: [
        '--conditions=@datavis/source',
        `--import=${new URL('./tools/ts-worker.mjs', import.meta.url).href}`,
      ],
      // A guard against what hangs, far above what a test takes: a busy machine must not fail one.
      testTimeout: mode === 'slow' ? 600_000 : 60_000,
      hookTimeout: 60_000,
    },
  });

  const packages = ['libs', 'apps'].flatMap((group) =>
    readdirSync(group).map((name) => project(name, `${group}/${name}`)),
  );
  return {
    test: {
      projects: [...packages, project('tools', 'tools')],
      passWithNoTests: mode !== 'test',
      coverage: { provider: 'v8', include: ['{libs,apps}/*/src/**/*.ts'], reportsDirectory: 'coverage' },
    },
  };
});
