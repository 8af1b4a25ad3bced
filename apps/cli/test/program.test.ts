import { spawnSync } from 'node:child_process';
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
  const complete = `${completionScript(program, 'bash')}
COMP_WORDS=(datavis qu); COMP_CWORD=1; _datavis; echo "\${COMPREPLY[@]}"
COMP_WORDS=(datavis query --for); COMP_CWORD=2; _datavis; echo "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', complete], { encoding: 'utf8', cwd: '/' });
  expect(stderr).toBe('');
  expect(stdout).toBe('query\n--format\n');
});
