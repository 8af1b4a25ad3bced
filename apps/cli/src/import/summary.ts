import type { ImportResult, SourceResult } from '@datavis/engine';
import type { Difference } from '@datavis/storage';
import { createColors } from 'picocolors';
import { formatCount, formatCounts, formatDuration } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';

const states = {
  imported: 'imported',
  resumed: 'resumed and completed',
  unchanged: 'unchanged, not read again',
  changed: 'changed',
} as const;

/** Annotation files that are named; a folder may hold thousands. */
const MAX_NAMED = 20;

/** `images 1 added, annotations 1 removed 2 changed`, of a file that has changed. */
function formatDifference(difference: Difference): string {
  const tables = Object.entries(difference).flatMap(([table, { added, removed, changed }]) => {
    const counts = Object.entries({ added, removed, changed }).filter(([, count]) => count > 0);
    const words = counts.map(([what, count]) => `${formatCount(count)} ${what}`);
    return words.length === 0 ? [] : [`${table} ${words.join(' ')}`];
  });
  return tables.length === 0 ? 'no record differs' : tables.join(', ');
}

function stateOf({ state, difference }: SourceResult): string {
  return difference === undefined ? states[state] : `${states[state]}: ${formatDifference(difference)}`;
}

/** Whether records of several files became one row. */
function isMerged({ datasetRows, imported }: ImportResult): boolean {
  return Object.entries(datasetRows).some(([table, rows]) => rows < (imported[table] ?? 0));
}

/** The result of an import for people: what came in, what was refused, what was noticed. */
export async function printSummary(result: ImportResult, terminal: Terminal, verb = 'imported'): Promise<void> {
  const { bold, dim, yellow } = createColors(terminal.stdoutColors);
  const { dataset, datasetRows, imported, refused, findings, sources, elapsedMs } = result;
  const changed = sources.filter(({ state }) => state !== 'unchanged').length;
  if (changed === 0) await terminal.out(`${bold(dataset)}: nothing has changed`);
  else {
    await terminal.out(`${bold(dataset)}: ${formatCounts(imported)} ${verb} in ${formatDuration(elapsedMs)}`);
  }
  if (changed > 0 && isMerged(result)) {
    await terminal.out(
      `  the dataset ${verb === 'imported' ? 'has' : 'would have'} ${formatCounts(datasetRows)}, counting once what several files list`,
    );
  }
  for (const source of sources.slice(0, MAX_NAMED)) {
    const { uri, split } = source;
    const became = verb === 'imported' ? stateOf(source) : verb;
    await terminal.out(dim(`  ${uri}${split === null ? '' : ` (${split})`}: ${became}`));
  }
  if (sources.length > MAX_NAMED) {
    const rest = new Map<string, number>();
    for (const { state } of sources.slice(MAX_NAMED)) rest.set(state, (rest.get(state) ?? 0) + 1);
    const counts = [...rest].map(([state, count]) => `${formatCount(count)} ${state}`).join(', ');
    await terminal.out(dim(`  … and ${formatCount(sources.length - MAX_NAMED)} more files: ${counts}`));
  }
  const total = Object.values(refused).reduce((sum, count) => sum + count, 0);
  if (total > 0) await terminal.out(yellow(`  refused: ${formatCounts(refused)}`));
  const codes = Object.entries(findings).sort(([, a], [, b]) => b - a);
  if (codes.length > 0) await terminal.out('  findings:');
  for (const [code, count] of codes) await terminal.out(`    ${formatCount(count).padStart(10)}  ${code}`);
}
