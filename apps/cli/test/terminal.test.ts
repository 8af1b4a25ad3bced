import { readFileSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { DataVisError } from '@datavis/plugin-sdk';
import { expect, test } from 'vitest';
import { EXIT, exitCodeOf } from '../src/exit-codes.js';
import { describeError, errorAsJson } from '../src/terminal/describe-error.js';
import { writeRows } from '../src/query/write-rows.js';
import { createTerminal } from '../src/terminal/terminal.js';
import { fakeTerminal } from './fake-terminal.js';

test.each([
  [{ tty: true }, true],
  [{ tty: false }, false],
  [{ tty: true, env: { NO_COLOR: '1' } }, false],
  [{ tty: true, env: { NO_COLOR: '' } }, true],
  [{ tty: false, env: { FORCE_COLOR: '1' } }, true],
  [{ tty: true, env: { TERM: 'dumb' } }, false],
])('colours on %j: %s', (options, colors) => {
  expect(fakeTerminal(options).terminal.stdoutColors).toBe(colors);
});

const syntax = new DataVisError('DATAVIS_INGEST_SYNTAX', 'Unexpected character "x"', {
  place: { uri: 'a.json', byteOffset: 1042, line: 7, column: 3, section: 'annotations', index: 12 },
  hint: 'Repair the file there.',
});

test('an error says what, where and what to do', () => {
  expect(describeError(syntax, false)).toBe(
    [
      'error: Unexpected character "x" [DATAVIS_INGEST_SYNTAX]',
      '  at a.json, byte 1042 (line 7, column 3), annotations[12]',
      '  Repair the file there.',
    ].join('\n'),
  );
});

test('an error for scripts is one JSON object', () => {
  expect(JSON.parse(errorAsJson(syntax))).toMatchObject({
    error: { code: 'DATAVIS_INGEST_SYNTAX', place: { byteOffset: 1042, line: 7 } },
  });
  expect(JSON.parse(errorAsJson(new Error('odd')))).toEqual({ error: { code: 'INTERNAL', message: 'odd' } });
});

const documented = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

test('every error says what to do next, one without a hint of its own too', () => {
  const codes = [...documented.matchAll(/^\| `(DATAVIS_\w+)`/gm)].map(([, code = '']) => code);
  expect(codes.length).toBeGreaterThan(80);
  for (const code of codes) {
    expect(describeError(new DataVisError(code, 'It failed'), false), code).toMatch(/^error: .*\n {2}\S/);
  }
  const full = new DataVisError(
    'DATAVIS_STORAGE_SQL',
    'IO Error: Could not write file "/a": No space left on device',
  );
  expect(describeError(full, false)).toContain('Is there room on its disk');
  expect(describeError(new DataVisError('DATAVIS_INGEST_STOPPED', ''), false)).toContain('--policy');
});

/** A standard output that answers every write with an error. */
function brokenTerminal(code: string) {
  const stdout = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error(`${code}: cannot`), { code }));
    },
  });
  return createTerminal({ stdout, stderr: new PassThrough(), env: {} });
}

test('who reads no more is no failure, and writing can end', async () => {
  const terminal = brokenTerminal('EPIPE');
  await terminal.out('first');
  expect(await terminal.out('second')).toBe(false);
  await terminal.settle();
  let asked = 0;
  async function* batches() {
    for (; asked < 100; asked++) yield { length: 1, names: ['n'], columns: [[asked]] };
  }
  await writeRows(batches(), 'csv', (line) => terminal.out(line), { colors: false });
  expect(asked).toBeLessThan(2);
});

test('a result that cannot be written is an error of ours: a full disk', async () => {
  const terminal = brokenTerminal('ENOSPC');
  const written = async (): Promise<void> => {
    await terminal.out('first');
    await terminal.settle();
  };
  await expect(written()).rejects.toMatchObject({ code: 'DATAVIS_CLI_OUTPUT' });
});

test.each([
  [new DataVisError('DATAVIS_CATALOG_FILTER', ''), EXIT.usage],
  [new DataVisError('DATAVIS_CLI_USAGE', ''), EXIT.usage],
  [new DataVisError('DATAVIS_INGEST_STOPPED', ''), EXIT.refusedByPolicy],
  [new DataVisError('DATAVIS_CATALOG_LOCKED', ''), EXIT.databaseHeld],
  [new DOMException('', 'AbortError'), EXIT.interrupted],
  [syntax, EXIT.failed],
  ['thrown text', EXIT.failed],
])('exit code of %o', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});
