import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { ImportCommandOptions } from '../commands/import.js';

/** An import that began and has not been seen to end: what `datavis resume` runs again. */
export interface UnfinishedImport {
  /** Where the command was given: its paths and its plugins are found from there. */
  readonly cwd: string;
  readonly sources: readonly string[];
  /** Those that decide what is read. */
  readonly options: Omit<ImportCommandOptions, 'db' | 'server' | 'json' | 'quiet'>;
}

export function unfinishedImport(sources: readonly string[], given: ImportCommandOptions): UnfinishedImport {
  const notKept = new Set(['db', 'server', 'json', 'quiet']);
  const options = Object.fromEntries(Object.entries(given).filter(([name]) => !notKept.has(name)));
  return { cwd: process.cwd(), sources, options: options as unknown as UnfinishedImport['options'] };
}

/** Not `.json`: the database may lie in the folder whose JSON files are imported. */
const fileOf = (db: string): string => `${db}.unfinished`;

/** Those of a database, the oldest first. A file that is not ours to read counts as none. */
export function unfinishedImports(db: string): UnfinishedImport[] {
  if (!existsSync(fileOf(db))) return [];
  try {
    return JSON.parse(readFileSync(fileOf(db), 'utf8')) as UnfinishedImport[];
  } catch {
    return [];
  }
}

function write(db: string, imports: readonly UnfinishedImport[]): void {
  const path = fileOf(db);
  if (imports.length === 0) {
    rmSync(path, { force: true });
    return;
  }
  // Never a torn file, whenever the process is killed.
  writeFileSync(`${path}.part`, JSON.stringify(imports, null, 2));
  renameSync(`${path}.part`, path);
}

const without = (imports: readonly UnfinishedImport[], one: UnfinishedImport): UnfinishedImport[] =>
  imports.filter((other) => !isDeepStrictEqual(other, one));

/** Call with the database open for writing: then no other process changes the list. */
export function rememberImport(db: string, one: UnfinishedImport): void {
  write(db, [...without(unfinishedImports(db), one), one]);
}

export function forgetImport(db: string, one: UnfinishedImport): void {
  write(db, without(unfinishedImports(db), one));
}
