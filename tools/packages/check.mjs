#!/usr/bin/env node
// `npm run check:packages`: what a user gets. Packs every package, installs the tarballs into projects outside of the
// workspace, imports and compiles each entry, runs the examples and the documents' code blocks, and walks the command
// line from import to a thumbnail over HTTP. Needs a build. Last line: `N passed, N failed`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBlocks } from '../docs/run-blocks.mjs';
import { createTally } from '../tally.mjs';
import { checkExamples, exampleDependencies } from './examples.mjs';
import { makeConsumer, packAll, peersOf } from './consumer.mjs';
import { checkNewcomer } from './newcomer.mjs';
import { checkImports, checkTarballs, checkTypes } from './package-checks.mjs';
import { checkPluginsAtWork } from './plugins-at-work.mjs';
import { checkProgram } from './program.mjs';
import { publishable } from './publishable.mjs';
import { checkScaffold } from './scaffold.mjs';

const keep = process.argv.includes('--keep');
const folder = mkdtempSync(join(tmpdir(), 'datavis-packages-'));
const tally = createTally();
const packages = publishable();
// The kit for plugin authors opens real databases, so its peers are plain dependencies.
const libraries = packages.filter(({ group, name }) => group === 'libs' && name !== '@datavis/plugin-testing');
const nodeTypes = { '@types/node': '~20.19.0' };

try {
  const tarballs = await packAll(packages, join(folder, 'tarballs'));
  await checkTarballs(tally, packages, tarballs);
  await checkNewcomer(tally, tarballs, join(folder, 'newcomer'));

  // Libraries alone: no optional peer is there, and their types must not need one.
  const alone = join(folder, 'alone');
  const names = (list) => list.map(({ name }) => name);
  const installed = await tally.check('install the libraries without optional peers', async () => {
    await makeConsumer(alone, tarballs, names(libraries), nodeTypes);
    return true;
  });
  if (installed) await checkTypes(tally, libraries, alone, 'without optional peers');

  const all = join(folder, 'all');
  const complete = await tally.check('install every package with its peers', async () => {
    await makeConsumer(all, tarballs, names(packages), {
      ...peersOf(packages),
      ...nodeTypes,
      ...exampleDependencies(),
      zod: '^4.6.7',
    });
    return true;
  });
  if (complete) {
    await checkImports(tally, packages, all);
    await checkTypes(tally, packages, all, 'all packages');
    await checkBlocks(tally, all);
    await checkExamples(tally, all);
    await checkPluginsAtWork(tally, all);
    await checkScaffold(tally, all);
    await checkProgram(tally, all);
  }
} catch (error) {
  await tally.check('packages', () => Promise.reject(error));
} finally {
  if (keep) console.log(`kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
tally.finish();
