// The Markdown files of the workspace, without what git ignores.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../workspace.mjs';

/** Absolute paths; CHANGELOG files are made by the release and left out. */
export function documents() {
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
  })
    .toString()
    .split('\0')
    .filter((path) => path !== '' && !/(^|\/)CHANGELOG\.md$/.test(path))
    .map((path) => join(root, path));
}
