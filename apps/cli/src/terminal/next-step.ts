/** By code, or by what a code begins with: the longest that fits is taken. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  DATAVIS_CATALOG_FILTER: 'datavis help find shows the conditions and orders.',
  DATAVIS_CLI_FAILED: 'What was printed before says what is wrong.',
  DATAVIS_CLI_USAGE: 'datavis help COMMAND shows the options.',
  DATAVIS_INGEST_: 'Repair the file at that place, then run the same command again.',
  DATAVIS_INGEST_NOT_COCO: 'Check the path. Other formats are read by plugins: datavis help import.',
  DATAVIS_INGEST_STOPPED: 'Repair the record, or choose another --policy: tolerant, repair.',
  DATAVIS_PLUGIN_: 'datavis plugins doctor loads every plugin and says what is wrong.',
  DATAVIS_STORAGE_FORBIDDEN: 'Grant this user access, or name another place; then run the same command again.',
  DATAVIS_STORAGE_IO: 'Is there room on its disk, and may it be read and written? Then run the same command again.',
  DATAVIS_STORAGE_NOT_FOUND: 'Check the path or URI; relative paths begin in the current folder.',
  DATAVIS_STORAGE_READ_ONLY: 'Name a folder of this machine, or a bucket.',
  DATAVIS_STORAGE_SQL: 'datavis query "SHOW TABLES" lists the tables, "DESCRIBE images" the columns of one.',
  DATAVIS_STORAGE_UNAVAILABLE: 'Check the network; then run the same command again.',
};

const IO = 'DATAVIS_STORAGE_IO';
const FALLBACK = 'datavis doctor looks at what most often goes wrong.';

/** What to do about an error that says nothing of that itself. */
export function nextStep({ code, message }: { readonly code: string; readonly message: string }): string {
  // DuckDB's own words for what a disk answers.
  if (code === 'DATAVIS_STORAGE_SQL' && message.startsWith('IO Error')) return nextStep({ code: IO, message });
  const [best] = Object.keys(NEXT_STEPS)
    .filter((begin) => code.startsWith(begin))
    .sort((a, b) => b.length - a.length);
  return best === undefined ? FALLBACK : (NEXT_STEPS[best] ?? FALLBACK);
}
