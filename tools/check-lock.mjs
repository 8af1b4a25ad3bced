// `npm run check:lock`: fails when package-lock.json lost a platform or holds a package too new for our Node.
import { readFileSync } from 'node:fs';
import { lockProblems } from './lock-problems.mjs';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const problems = lockProblems(lock);
for (const problem of problems) console.error(`package-lock.json: ${problem}`);
if (problems.length > 0) {
  console.error(
    'To repair: delete node_modules and package-lock.json, run `npm i`, prove `npm ci` in a fresh clone.',
  );
  process.exitCode = 1;
} else {
  console.log(`package-lock.json: ${Object.keys(lock.packages).length} packages, nothing missing`);
}
