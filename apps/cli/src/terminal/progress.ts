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
      const text = progressText(state, state.done - phase.first, at - phase.startedAt);
      if (!terminal.stderrIsTty) {
        terminal.stderr.write(`${joined(state.title, text)}\n`);
        return;
      }
      const share = state.total ? state.done / state.total : undefined;
      terminal.stderr.write(`\r\u001b[2K${fitted(state.title, text, share, terminal.columns - 1)}`);
      drawn = true;
    },
    end() {
      if (drawn) terminal.stderr.write('\r\u001b[2K');
      drawn = false;
    },
  };
}

const BAR_WIDTH = 20;
/** Of a title that is cut, this much is worth showing. */
const MIN_TITLE = 12;

const joined = (title: string | undefined, text: string): string =>
  title === undefined ? text : `${title}: ${text}`;

/** Where the terminal is narrow, first the bar goes, then the middle of the title: numbers and ETA stay. */
function fitted(title: string | undefined, text: string, share: number | undefined, width: number): string {
  const line = joined(title, text);
  if (share !== undefined && line.length + BAR_WIDTH < width) return `${bar(share, BAR_WIDTH)} ${line}`;
  const room = Math.max(MIN_TITLE, width - text.length - 2);
  if (line.length <= width || title === undefined || title.length <= room) return line.slice(0, width);
  return joined(`${title.slice(0, Math.ceil(room / 2) - 1)}…${title.slice(-Math.floor(room / 2))}`, text).slice(
    0,
    width,
  );
}

/** The rate counts only what was done since the start of this run: a resumed one begins in the middle. */
function progressText(state: ProgressState, doneHere: number, elapsedMs: number): string {
  const { done, total, unit, detail } = state;
  const show = unit === 'bytes' ? formatBytes : formatCount;
  const perSecond = elapsedMs > 0 ? (doneHere / elapsedMs) * 1000 : 0;
  const parts = [
    ...(total ? [`${Math.floor((done / total) * 100)}%`] : []),
    total === undefined ? show(done) : `${show(done)} of ${show(total)}`,
    ...(perSecond > 0 ? [`${show(Math.round(perSecond))}/s`] : []),
    ...(total !== undefined && perSecond > 0 ? [`ETA ${formatDuration(((total - done) / perSecond) * 1000)}`] : []),
    ...(detail === undefined ? [] : [detail]),
  ];
  return parts.join(' · ');
}
