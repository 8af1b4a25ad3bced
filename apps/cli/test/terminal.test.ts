import { DataVisError } from '@datavis/plugin-sdk';
import { expect, test } from 'vitest';
import { EXIT, exitCodeOf } from '../src/exit-codes.js';
import { describeError, errorAsJson } from '../src/terminal/describe-error.js';
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

test.each([
  [new DataVisError('DATAVIS_CLI_USAGE', ''), EXIT.usage],
  [new DataVisError('DATAVIS_INGEST_STOPPED', ''), EXIT.refusedByPolicy],
  [new DataVisError('DATAVIS_CATALOG_LOCKED', ''), EXIT.databaseHeld],
  [new DOMException('', 'AbortError'), EXIT.interrupted],
  [syntax, EXIT.failed],
  ['thrown text', EXIT.failed],
])('exit code of %o', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});
