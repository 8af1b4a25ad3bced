// Proves that the lint is alive: each fixture must fail by exactly the rule it is there for, and the allowed one
// must not fail. The fixtures form an Nx project that is tagged as a library, because the boundary rule reads the
// project graph and passes everything when there is none.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root, runBin } from '../workspace.mjs';

const boundary = '@nx/enforce-module-boundaries';
const expected = {
  'allowed.ts': [],
  'container-in-library.ts': [boundary, 'no-restricted-imports'],
  'second-database.ts': ['no-restricted-syntax'],
  'server-in-library.ts': [boundary],
  'sideways-import.ts': [boundary],
};

const report = join(root, '.nx', 'lint-canary.json');
mkdirSync(join(root, '.nx'), { recursive: true });
rmSync(report, { force: true });

console.log('(the errors that follow are wanted)');
const code = runBin('nx/dist/bin/nx.js', ['run', 'lint-canary:canary']);
const found = Object.fromEntries(
  JSON.parse(readFileSync(report, 'utf8')).map((file) => [
    basename(file.filePath),
    [...new Set(file.messages.map((message) => message.ruleId ?? message.message))].sort(),
  ]),
);

const wrong = code === 0 ? ['lint passed the fixtures'] : [];
for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
  const want = JSON.stringify(expected[name]);
  const have = JSON.stringify(found[name]);
  if (want !== have) wrong.push(`${name}: wanted ${want}, found ${have}`);
}
for (const line of wrong) console.error(`lint canary: ${line}`);
if (wrong.length === 0) console.log(`lint canary: alive (${Object.keys(expected).length} fixtures)`);
process.exitCode = wrong.length === 0 ? 0 : 1;
