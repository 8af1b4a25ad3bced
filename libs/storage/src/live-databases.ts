/**
 * Database files that DuckDB has open in this process, by their real paths. To read one through the file system drops
 * DuckDB's lock (POSIX locks go with any close of the file), and to write or remove one loses what comes after.
 */
const live = new Set<string>();

export function holdDatabase(path: string): void {
  live.add(path);
}

export function letDatabaseGo(path: string): void {
  live.delete(path);
}

export function isLiveDatabase(path: string): boolean {
  return live.has(path);
}
