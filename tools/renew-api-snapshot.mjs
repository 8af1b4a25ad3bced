#!/usr/bin/env node
// `npm run api:renew`: writes the declarations of @datavis/plugin-sdk as they are now to libs/plugin-sdk/api/v1, which
// libs/plugin-sdk/src/api-snapshot.int.test.ts holds the sources against. Run it with a release, and read its diff: what
// it removes or narrows breaks plugins that are published.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from './exec.mjs';
import { root } from './workspace.mjs';

const folder = join(root, 'libs', 'plugin-sdk');
const target = join(folder, 'api', 'v1');
rmSync(target, { recursive: true, force: true });
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const options = ['--emitDeclarationOnly', '--declarationMap', 'false', '--outDir', target];
const single = ['--composite', 'false', '--incremental', 'false'];
await exec(process.execPath, [tsc, '-p', join(folder, 'tsconfig.build.json'), ...options, ...single], {
  cwd: root,
});
console.log(`written: ${target}`);
