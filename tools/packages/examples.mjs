// Runs each example as its reader would: a folder with a package.json of its own, the packages from their tarballs.
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../exec.mjs';
import { root } from '../workspace.mjs';

/** Folders below examples/ that have a package.json. */
function exampleFolders(folder = 'examples') {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  if (existsSync(join(path, 'package.json'))) return [folder];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .flatMap((entry) => exampleFolders(join(folder, entry.name)));
}

/** What the examples need beside our packages, so that one install serves them all. */
export function exampleDependencies() {
  const all = {};
  for (const folder of exampleFolders()) {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    Object.assign(all, dependencies);
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('@datavis/')));
}

/** Scripts that show that an example works, in the order they are run. */
const SCRIPTS = ['build', 'check', 'test', 'start'];

/** Copies each example into the consumer, whose node_modules it finds above itself, and runs its scripts. */
export async function checkExamples(tally, consumer) {
  for (const folder of exampleFolders()) {
    const target = join(consumer, folder);
    cpSync(join(root, folder), target, {
      recursive: true,
      filter: (path) => !/[\\/](node_modules|dist)$/.test(path),
    });
    const { scripts = {}, name } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
    const wanted = SCRIPTS.filter((script) => script in scripts);
    if (wanted.length === 0)
      await tally.check(`example ${name}`, () => Promise.reject(new Error('has no script to run')));
    for (const script of wanted) {
      await tally.check(`example ${name}: npm run ${script}`, () =>
        exec('npm', ['run', '--silent', script], {
          cwd: target,
          // Tools such as tsc are the workspace's; packages are the consumer's.
          env: {
            PATH: `${join(consumer, 'node_modules', '.bin')}:${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
          },
        }),
      );
    }
  }
}
