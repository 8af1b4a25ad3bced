import { createColors } from 'picocolors';
import type { DatasetOptions } from '../context.js';
import { bar, formatCount } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';
import { withBrowser } from './browser.js';
import { datasetName } from './dataset-name.js';

const MAX_BARS = 40;

interface Line {
  readonly label: string;
  readonly count: number;
}

async function printBars(title: string, lines: readonly Line[], terminal: Terminal): Promise<void> {
  const { bold, cyan } = createColors(terminal.stdoutColors);
  const most = Math.max(1, ...lines.map(({ count }) => count));
  const labelWidth = Math.min(28, Math.max(...lines.map(({ label }) => label.length)));
  const width = Math.max(10, Math.min(50, terminal.columns - labelWidth - 16));
  await terminal.out(`\n${bold(title)}`);
  for (const { label, count } of lines) {
    const name = label.slice(0, labelWidth).padEnd(labelWidth);
    await terminal.out(`  ${name} ${formatCount(count).padStart(10)} ${cyan(bar(count / most, width).trimEnd())}`);
  }
}

/** Counts of a dataset, with bars; `--json` has all of them as numbers. */
export async function printStats(options: DatasetOptions, terminal: Terminal): Promise<void> {
  await withBrowser(options, async (browser) => {
    const dataset = await datasetName(browser, options);
    const stats = await browser.stats(dataset);
    if (options.json === true) {
      await terminal.out(JSON.stringify({ dataset, ...stats }));
      return;
    }
    const { images, annotations, categories, sizes } = stats;
    const { bold } = createColors(terminal.stdoutColors);
    await terminal.out(bold(dataset));
    await terminal.out(
      `  ${formatCount(images.total)} images: ${formatCount(images.empty)} without annotations, ${formatCount(images.missing)} without a file`,
    );
    await terminal.out(
      `  ${formatCount(annotations.total)} annotations: ${formatCount(annotations.crowd)} of crowds`,
    );
    const bySize = Object.entries(sizes).map(([label, count]) => ({ label, count }));
    await printBars('Sizes (small < 32², medium < 96² pixels)', bySize, terminal);
    const byCategory = categories
      .map(({ name, annotations: count }) => ({ label: name ?? '(no name)', count }))
      .sort((a, b) => b.count - a.count);
    if (byCategory.length === 0) return;
    await printBars(`Categories (${formatCount(byCategory.length)})`, byCategory.slice(0, MAX_BARS), terminal);
    if (byCategory.length > MAX_BARS) terminal.note(`The ${MAX_BARS} largest; --json has all.`);
  });
}
