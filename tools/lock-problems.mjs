// Finds what npm leaves out of a lock file without a word. Pure: lock in, list of problems out.
import semver from 'semver';

/** The oldest Node that the packages of this workspace accept. */
export const OLDEST_NODE = '20.19.0';

/** npm's own look-up: the package's own node_modules, then each one above it. */
function isLocked(packages, fromPath, name) {
  let path = fromPath;
  for (;;) {
    const prefix = path === '' ? '' : `${path}/`;
    if (packages[`${prefix}node_modules/${name}`]) return true;
    if (path === '') return false;
    const cut = path.lastIndexOf('/node_modules/');
    path = cut === -1 ? '' : path.slice(0, cut);
  }
}

/**
 * Two checks. Every optional dependency of a locked package is locked too: npm drops the platforms that it could
 * not find, and `npm ci` then fails on those machines. Every locked package accepts the oldest supported Node.
 */
export function lockProblems(lock) {
  const packages = lock.packages ?? {};
  const problems = [];
  for (const [path, entry] of Object.entries(packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (!isLocked(packages, path, name)) problems.push(`${path || '.'}: optional ${name} is not locked`);
    }
    const range = entry.engines?.node;
    if (range && path.includes('node_modules/') && !semver.satisfies(OLDEST_NODE, range)) {
      problems.push(`${path}@${entry.version}: wants Node ${range}, not ${OLDEST_NODE}`);
    }
  }
  return problems;
}
