import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { completionScript } from '../src/completion/scripts.js';
import { createProgram } from '../src/program.js';
import { run } from '../src/run.js';
import { fakeTerminal } from './fake-terminal.js';

test.each([[['nonsense']], [['query']], [['query', 'SELECT 1', '--nonsense']], [['completion', 'tcsh']]])(
  'usage errors are exit code 2: %j',
  async (argv) => {
    const { terminal, stderr } = fakeTerminal();
    expect(await run(argv, terminal)).toBe(2);
    expect(stderr()).toContain('error:');
  },
);

test.each([
  [['query', 'SELECT 1', '--nonsense'], 'datavis query --help'],
  [['plugins', 'list', '--nonsense'], 'datavis plugins list --help'],
  [['--nonsense'], 'datavis --help'],
])('%j points at the help of the command itself', async (argv, hint) => {
  const { terminal, stderr } = fakeTerminal();
  expect(await run(argv, terminal)).toBe(2);
  expect(stderr()).toContain(`(${hint} shows`);
});

test('every command has a description, and --json and --quiet where it gives a result', () => {
  for (const command of createProgram({ terminal: fakeTerminal().terminal }).commands) {
    expect(command.description(), command.name()).not.toBe('');
    if (command.name() === 'completion' || command.commands.length > 0) continue;
    expect(
      command.options.map(({ long }) => long),
      command.name(),
    ).toEqual(expect.arrayContaining(['--json', '--quiet']));
  }
});

test('the completion scripts know every command, and bash accepts its script', () => {
  const program = createProgram({ terminal: fakeTerminal().terminal });
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = completionScript(program, shell);
    for (const command of program.commands) expect(script).toContain(command.name());
  }
  const folder = mkdtempSync(join(tmpdir(), 'datavis-completion-'));
  mkdirSync(join(folder, 'my data'));
  const complete = `${completionScript(program, 'bash')}
complete_line() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _datavis; printf '<%s>' "\${COMPREPLY[@]}"; echo; }
complete_line datavis qu
complete_line datavis query --for
complete_line datavis plugins list --plugi
complete_line datavis export --format y
complete_line datavis find -t ''
complete_line datavis completion z
complete_line datavis import my`;
  const { stdout, stderr } = spawnSync('bash', ['-c', complete], { encoding: 'utf8', cwd: folder });
  rmSync(folder, { recursive: true });
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual([
    '<query>',
    '<--format>',
    '<--plugin>',
    '<yolo>',
    '<images><annotations>',
    '<zsh>',
    '<my data>',
    '',
  ]);
});

test('fish completes options of subcommands, and values where there is a choice', () => {
  const lines = completionScript(createProgram({ terminal: fakeTerminal().terminal }), 'fish').split('\n');
  const under = (path: string): string[] => lines.filter((line) => line.includes(path));
  expect(under("seen_subcommand_from plugins; and __fish_seen_subcommand_from list'").join('\n')).toContain(
    '-l plugin',
  );
  expect(under("'__fish_seen_subcommand_from export'").join('\n')).toContain(
    "-l format -s f -x -a 'coco yolo parquet lake'",
  );
});

test.each([[['find', '--nonsense', '--json']], [['query', '--json']], [['stats', '--json', 'a', 'b']]])(
  'with --json the command line that does not fit is told as JSON too: %j',
  async (argv) => {
    const { terminal, stdout, stderr } = fakeTerminal();
    expect(await run(argv, terminal)).toBe(2);
    expect(stdout()).toBe('');
    expect(JSON.parse(stderr())).toMatchObject({
      error: {
        code: 'DATAVIS_CLI_USAGE',
        message: expect.any(String) as string,
        hint: expect.any(String) as string,
      },
    });
  },
);
