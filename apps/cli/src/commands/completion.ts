import { Argument } from 'commander';
import type { Command } from 'commander';
import type { CliContext } from '../context.js';

const HELP = `
  bash: source <(datavis completion bash)                      in ~/.bashrc
  zsh:  source <(datavis completion zsh)                       in ~/.zshrc
  fish: datavis completion fish > ~/.config/fish/completions/datavis.fish`;

export function completionCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', HELP)
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('../completion/scripts.js');
      await terminal.out(completionScript(program, shell));
    });
}
