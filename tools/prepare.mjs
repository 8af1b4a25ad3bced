// npm's `prepare` hook: builds after an install, so that the linked `datavis` command works at once.
// Without nx (an install with --omit=dev) there is nothing to build with. A failing build must not undo an
// install, so it is only reported here; `npm test` and `npm run build` fail on it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const nx = fileURLToPath(new URL('../node_modules/nx/dist/bin/nx.js', import.meta.url));

if (existsSync(nx)) {
  const { status } = spawnSync(process.execPath, [nx, 'run-many', '-t', 'build'], { stdio: 'inherit' });
  if (status !== 0) console.error('prepare: the build FAILED (see above); run `npm run build` again.');
}
