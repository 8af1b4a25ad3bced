import type { Command } from 'commander';
import { withDatabase } from '../context.js';
import type { CliContext, DatabaseOptions } from '../context.js';

export interface ServeOptions extends DatabaseOptions {
  readonly host: string;
  readonly port: string;
  readonly root: readonly string[];
  readonly allowedHost: readonly string[];
  readonly cacheDir?: string;
  readonly cacheMib?: string;
  readonly memoryMib?: string;
  readonly config?: string;
  readonly logLevel: string;
}

const NOTES = `
The server listens on this machine only. On another address it wants a token, which is read from DATAVIS_TOKEN: arguments
are visible to every user of the machine.`;

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function serveCommand(program: Command, { terminal }: CliContext): void {
  withDatabase(program.command('serve'))
    .description('serve the database: HTTP API, thumbnails, interactive page')
    .option('--host <address>', 'listen on', '127.0.0.1')
    .option('--port <n>', 'listen on; 0 takes a free one', '8080')
    .option('--root <dir|uri>', 'imports over HTTP may read below; may be repeated', collect, [])
    .option('--allowed-host <name>', 'a name the server is reached under; may be repeated', collect, [])
    .option('--cache-dir <dir>', 'thumbnails (default: beside the database)')
    .option('--cache-mib <n>', 'their budget')
    .option('--memory-mib <n>', "the database's buffers")
    .option('--config <file>', 'plugins (default: the nearest datavis.config.* from here upward)')
    .option('--log-level <level>', 'fatal, error, warn, info, debug', 'warn')
    .addHelpText('after', NOTES)
    .action(async (options: ServeOptions) => {
      const { serve } = await import('../serve/serve.js');
      await serve(options, terminal);
    });
}
