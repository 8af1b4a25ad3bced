// `npm run release [-- VERSION] [--no-dry-run]`: one version for all packages, changelogs from the commits. Says what it
// would do and changes nothing, unless told --no-dry-run. Needs no network: publishing is a step of its own.
import { releaseChangelog, releaseVersion } from 'nx/release/index.js';

const args = process.argv.slice(2);
const dryRun = !args.includes('--no-dry-run');
const specifier = args.find((arg) => !arg.startsWith('--'));

const { workspaceVersion, projectsVersionData } = await releaseVersion({
  specifier,
  dryRun,
  firstRelease: true,
  gitCommit: false,
  gitTag: false,
  stageChanges: false,
});
await releaseChangelog({
  versionData: projectsVersionData,
  version: workspaceVersion,
  dryRun,
  firstRelease: true,
  gitCommit: false,
  gitTag: false,
  gitPush: false,
  createRelease: false,
  stageChanges: false,
});
if (dryRun) console.log(`dry run: version ${workspaceVersion}; nothing was changed`);
