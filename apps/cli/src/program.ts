import { Command } from 'commander';
import { completionCommand } from './commands/completion.js';
import { diffCommand } from './commands/diff.js';
import { doctorCommand } from './commands/doctor.js';
import { findCommand, listCommand, showCommand, statsCommand } from './commands/browse.js';
import { importCommand, resumeCommand, validateCommand } from './commands/import.js';
import { optimiseCommand, promoteCommand, snapshotCommand } from './commands/maintain.js';
import { exportCommand, thumbsCommand } from './commands/output.js';
import { pluginCommand, pluginsCommand } from './commands/plugins.js';
import { previewCommand } from './commands/preview.js';
import { queryCommand } from './commands/query.js';
import { serveCommand } from './commands/serve.js';
import { verifyCommand } from './commands/verify.js';
import type { CliContext, CommonOptions } from './context.js';
import { packageVersion } from './version.js';

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 usage, 3 refused by policy, 4 database held by another process, 130 interrupted
(imports go on where they stopped: run the same command again).`;

/** The whole command line. Commands are described here and do their imports when they run. */
export function createProgram(context: CliContext): Command {
  const program = new Command('datavis')
    .description('Computer-vision datasets: import, look, query, serve.')
    .helpOption('-h, --help', 'help for a command')
    .helpCommand('help [command]', 'help for a command')
    .showHelpAfterError('(datavis --help shows what there is)')
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_CODES)
    .configureOutput({
      writeErr: (text) => {
        if (context.json !== true) context.terminal.error(text.trimEnd());
      },
    })
    .exitOverride()
    .version(packageVersion(), '-V, --version', 'version of this program')
    .hook('preAction', (_, command) => {
      context.terminal.quiet = command.opts<CommonOptions>().quiet === true;
    });
  const commands = [
    importCommand,
    resumeCommand,
    validateCommand,
    listCommand,
    showCommand,
    statsCommand,
    findCommand,
    queryCommand,
    exportCommand,
    verifyCommand,
    diffCommand,
    thumbsCommand,
    previewCommand,
    serveCommand,
    snapshotCommand,
    optimiseCommand,
    promoteCommand,
    doctorCommand,
    completionCommand,
    pluginsCommand,
    pluginCommand,
  ];
  for (const add of commands) add(program, context);
  for (const command of program.commands) settle(command, program);
  return program;
}

/** The settings of the parent, and a hint at the command's own help where it was called wrongly. */
function settle(command: Command, parent: Command): void {
  const path = commandPath(command);
  command.copyInheritedSettings(parent).exitOverride().showHelpAfterError(`(${path} --help shows its options)`);
  for (const child of command.commands) settle(child, command);
}

function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}
