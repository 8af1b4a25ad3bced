import { describe, expect, test } from 'vitest';
import { createProgress } from '../src/terminal/progress.js';
import { fakeTerminal } from './fake-terminal.js';

/** A clock that the test moves. */
function clock(): { now: () => number; pass: (ms: number) => void } {
  let at = 0;
  return { now: () => at, pass: (ms) => (at += ms) };
}

const state = (done: number) => ({ title: 'a.json', done, total: 100e6, unit: 'bytes' as const });

describe('progress', () => {
  test('is plain lines where no person looks: one every 5 s', () => {
    const { terminal, stderr } = fakeTerminal();
    const time = clock();
    const progress = createProgress(terminal, time.now);
    progress.update(state(0));
    for (let second = 1; second <= 11; second++) {
      time.pass(1000);
      progress.update(state(second * 5e6));
    }
    progress.end();
    expect(stderr().trimEnd().split('\n')).toEqual([
      'a.json: 25% · 25.0 MB of 100 MB · 5.00 MB/s · ETA 15 s',
      'a.json: 50% · 50.0 MB of 100 MB · 5.00 MB/s · ETA 10 s',
    ]);
  });

  test('is one line on a terminal, never wider than it, and gone at the end', () => {
    const { terminal, stderr } = fakeTerminal({ tty: true });
    const time = clock();
    const progress = createProgress(terminal, time.now);
    progress.update({ ...state(0), detail: 'x'.repeat(200) });
    time.pass(1000);
    progress.update(state(50e6));
    progress.end();
    const lines = stderr().split('\r\u001b[2K');
    expect(stderr()).not.toContain('\n');
    expect(lines.every((line) => line.length < 80)).toBe(true);
    expect(lines[2]).toBe('██████████           a.json: 50% · 50.0 MB of 100 MB · 50.0 MB/s · ETA 1.00 s');
    expect(lines.at(-1)).toBe('');
  });

  test('on a narrow terminal the bar goes first, then the middle of the title: numbers and ETA stay', () => {
    const { terminal, stderr } = fakeTerminal({ tty: true, columns: 64 });
    const time = clock();
    const progress = createProgress(terminal, time.now);
    const long = { ...state(0), title: 'instances_train_of_the_third_campaign.json' };
    progress.update(long);
    time.pass(1000);
    progress.update({ ...long, done: 50e6 });
    expect(stderr().split('\r\u001b[2K').at(-1)).toBe(
      'instan…n.json: 50% · 50.0 MB of 100 MB · 50.0 MB/s · ETA 1.00 s',
    );
  });

  test('a resumed run counts its rate from where it began', () => {
    const { terminal, stderr } = fakeTerminal();
    const time = clock();
    const progress = createProgress(terminal, time.now);
    progress.update(state(90e6));
    time.pass(5000);
    progress.update(state(95e6));
    expect(stderr()).toContain('95% · 95.0 MB of 100 MB · 1.00 MB/s · ETA 5.00 s');
  });

  test('quiet is quiet', () => {
    const { terminal, stderr } = fakeTerminal({ tty: true });
    terminal.quiet = true;
    createProgress(terminal).update(state(1));
    expect(stderr()).toBe('');
  });
});
