import { bar, formatBytes, formatCount, formatDuration } from './format.js';
import type { Terminal } from './terminal.js';

export interface ProgressState {
  /** What is under way, such as `instances_train2017.json`. */
  readonly title?: string | undefined;
  readonly done: number;
  /** Unknown: no percentage and no ETA. */
  readonly total?: number | undefined;
  readonly unit: 'bytes' | 'items';
  /** What has come out so far, such as `118,287 images`. */
  readonly detail?: string | undefined;
}

export interface Progress {
  update(state: ProgressState): void;
  /** Removes the line from a terminal; elsewhere nothing. */
  end(): void;
}

const TTY_EVERY_MS = 100;
const PLAIN_EVERY_MS = 5000;

/**
 * One line, rewritten in place on a terminal; a line every 5 s elsewhere (logs, CI), so what takes less has none. Nothing
 * when quiet.
 */
export function createProgress(terminal: Terminal, now: () => number = () => performance.now()): Progress {
  const everyMs = terminal.stderrIsTty ? TTY_EVERY_MS : PLAIN_EVERY_MS;
  let shownAt = terminal.stderrIsTty ? -Infinity : now();
  let phase:
    { readonly unit: ProgressState['unit']; readonly first: number; readonly startedAt: number } | undefined;
  let drawn = false;

  return {
    update(state) {
      if (terminal.quiet) return;
      const at = now();
      // Pictures after bytes are another kind of work, with a rate of its own.
      if (phase?.unit !== state.unit) phase = { unit: state.unit, first: state.done, startedAt: at };
      if (at - shownAt < everyMs) return;
      shownAt = at;
      const line = progressLine(state, state.done - phase.first, at - phase.startedAt);
      if (!terminal.stderrIsTty) {
        terminal.stderr.write(`${line}\n`);
        return;
      }
      const share = state.total ? state.done / state.total : undefined;
      const drawnBar = share === undefined ? '' : `${bar(share, 20)} `;
      terminal.stderr.write(`\r\u001b[2K${(drawnBar + line).slice(0, terminal.columns - 1)}`);
      drawn = true;
    },
    end() {
      if (drawn) terminal.stderr.write('\r\u001b[2K');
      drawn = false;
    },
  };
}

/** The rate counts only what was done since the start of this run: a resumed one begins in the middle. */
function progressLine(state: ProgressState, doneHere: number, elapsedMs: number): string {
  const { done, total, unit, title, detail } = state;
  const show = unit === 'bytes' ? formatBytes : formatCount;
  const perSecond = elapsedMs > 0 ? (doneHere / elapsedMs) * 1000 : 0;
  const parts = [
    ...(total ? [`${Math.floor((done / total) * 100)}%`] : []),
    total === undefined ? show(done) : `${show(done)} of ${show(total)}`,
    ...(perSecond > 0 ? [`${show(Math.round(perSecond))}/s`] : []),
    ...(total !== undefined && perSecond > 0 ? [`ETA ${formatDuration(((total - done) / perSecond) * 1000)}`] : []),
    ...(detail === undefined ? [] : [detail]),
  ];
  return `${title === undefined ? '' : `${title}: `}${parts.join(' · ')}`;
}
