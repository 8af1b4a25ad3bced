import type { Writable } from 'node:stream';
import { CliError } from '../errors.js';

/**
 * Where a command writes. Results go to stdout, everything else to stderr, so that `datavis … --json | jq` works.
 * `--quiet` and `--json` silence notes; errors are always told.
 */
export interface Terminal {
  /**
   * One line of the result. Waits while the reader at the other end of a pipe is slow. `false` when nobody reads any more:
   * what only writes can end then.
   *
   * @throws `DATAVIS_CLI_OUTPUT` where it cannot be written, as to a full disk.
   */
  out(text: string): Promise<boolean>;
  /** @throws as {@link out}, for what was written without it. */
  settle(): Promise<void>;
  /** A note for people, on stderr. */
  note(text: string): void;
  /** Text on stderr, even when quiet. */
  error(text: string): void;
  /** Raw text on stderr, for the progress line. */
  readonly stderr: Writable;
  /** Both for people: colours on stdout or stderr are decided apart. */
  readonly stdoutColors: boolean;
  readonly stderrColors: boolean;
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  readonly columns: number;
  quiet: boolean;
}

interface Stream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface TerminalSource {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Colours by the rules of https://no-color.org and FORCE_COLOR, else where a person looks. */
function wantsColors(stream: Stream, env: TerminalSource['env']): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

export function createTerminal({ stdout, stderr, env }: TerminalSource): Terminal {
  let gone = false;
  let failure: NodeJS.ErrnoException | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `datavis query … | head` closes the pipe early: nobody reads any more, and that is no failure.
    if (error.code !== 'EPIPE') failure ??= error;
    gone = true;
  });
  // Nobody is left to tell that errors cannot be told.
  stderr.on('error', () => undefined);
  const assertWritten = (): void => {
    if (failure === undefined) return;
    throw new CliError('DATAVIS_CLI_OUTPUT', `The result cannot be written: ${failure.message}`, {
      cause: failure,
      hint: 'Is there room where the output goes? Then run the same command again.',
    });
  };
  return {
    async out(text) {
      if (!gone && !stdout.write(`${text}\n`)) {
        await new Promise<void>((resolve) => {
          const go = (): void => {
            for (const event of ['drain', 'close', 'error']) stdout.off(event, go);
            resolve();
          };
          for (const event of ['drain', 'close', 'error']) stdout.once(event, go);
        });
      }
      assertWritten();
      return !gone;
    },
    async settle() {
      // The stream says it after the call that wrote.
      await new Promise((resolve) => setImmediate(resolve));
      assertWritten();
    },
    note(text) {
      if (!this.quiet) stderr.write(`${text}\n`);
    },
    error(text) {
      stderr.write(`${text}\n`);
    },
    stderr,
    stdoutColors: wantsColors(stdout, env),
    stderrColors: wantsColors(stderr, env),
    stdoutIsTty: stdout.isTTY === true,
    stderrIsTty: stderr.isTTY === true && env['TERM'] !== 'dumb',
    columns: stderr.columns ?? stdout.columns ?? 80,
    quiet: false,
  };
}
