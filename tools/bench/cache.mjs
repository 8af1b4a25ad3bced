// Inputs of benchmarks that take long to make are made once and kept outside the work tree.
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The path of a cached file; `make(path)` writes it if it is not there yet. The name must say all that its content
 * depends on (sizes, seeds).
 */
export async function cached(name, make) {
  const folder = join(tmpdir(), 'datavis-bench-inputs');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const unfinished = `${path}.${process.pid}.part`;
  await make(unfinished);
  renameSync(unfinished, path);
  return path;
}
