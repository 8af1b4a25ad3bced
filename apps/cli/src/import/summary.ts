import type { ImportResult } from '@datavis/engine';
import { createColors } from 'picocolors';
import { formatCount, formatCounts, formatDuration } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';

const states = {
  imported: 'imported',
  resumed: 'resumed and completed',
  unchanged: 'unchanged, not read again',
  changed: 'changed: imported anew',
} as const;

/** The result of an import for people: what came in, what was refused, what was noticed. */
export async function printSummary(result: ImportResult, terminal: Terminal, verb = 'imported'): Promise<void> {
  const { bold, dim, yellow } = createColors(terminal.stdoutColors);
  const { dataset, imported, refused, findings, sources, elapsedMs } = result;
  const changed = sources.filter(({ state }) => state !== 'unchanged').length;
  if (changed === 0) await terminal.out(`${bold(dataset)}: nothing has changed`);
  else {
    await terminal.out(`${bold(dataset)}: ${formatCounts(imported)} ${verb} in ${formatDuration(elapsedMs)}`);
  }
  for (const { uri, split, state } of sources) {
    await terminal.out(
      dim(`  ${uri}${split === null ? '' : ` (${split})`}: ${verb === 'imported' ? states[state] : verb}`),
    );
  }
  const total = Object.values(refused).reduce((sum, count) => sum + count, 0);
  if (total > 0) await terminal.out(yellow(`  refused: ${formatCounts(refused)}`));
  const codes = Object.entries(findings).sort(([, a], [, b]) => b - a);
  if (codes.length > 0) await terminal.out('  findings:');
  for (const [code, count] of codes) await terminal.out(`    ${formatCount(count).padStart(10)}  ${code}`);
}
