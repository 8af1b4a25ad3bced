import { Option } from 'commander';
import type { Command } from 'commander';
import { withCommon, withDatabaseOrServer } from '../context.js';
import type { CliContext, DatabaseOptions } from '../context.js';
import { gather, withPlugins, type PluginOptions } from '../plugins/options.js';

export type ResumeOptions = DatabaseOptions;

export interface ImportCommandOptions extends DatabaseOptions, PluginOptions {
  readonly images?: string;
  readonly format?: string;
  readonly formatOption?: readonly string[];
  readonly media: boolean;
  readonly dataset?: string;
  readonly split?: string;
  readonly policy: 'strict' | 'tolerant' | 'repair';
}

const EXAMPLES = `
A source is a folder, an annotation file, a zip archive or a glob, on disk or as a URI (gs://bucket/prefix). Files of
http(s):// are read from hosts that DATAVIS_ALLOW_HTTP_HOSTS names, with commas.
The same command again goes on where an interrupted import stopped, and reads only files that have changed.

Examples:
  datavis import ./coco
  datavis import gs://my-bucket/coco --dataset coco
  datavis import annotations.json --images ./photos --split train
  datavis import instances_val2017.json --no-media --policy strict
  datavis import ./yolo-dataset --format yolo --plugin @acme/datavis-plugin-yolo`;

/** Options of `import` and `validate`, which reads the same and writes nothing. */
function withSources(command: Command): Command {
  return withPlugins(command)
    .argument('<source...>', 'folders, annotation files, archives, globs, URIs')
    .option('--format <name>', 'another format, read by a plugin; auto asks all of them')
    .option('--format-option <key=value>', 'an option of that format (repeatable)', gather)
    .option('--images <dir|uri>', 'where the pictures lie (default: found by the layout)')
    .option('--no-media', 'do not look for pictures')
    .option('--dataset <name>', "the dataset's name (default: the folder's name)")
    .option('--split <name>', 'the split (default: found by the layout)')
    .addOption(
      new Option('--policy <policy>', 'strict stops at the first error, repair corrects what has one answer')
        .choices(['strict', 'tolerant', 'repair'])
        .default('tolerant'),
    );
}

export function importCommand(program: Command, { terminal }: CliContext): void {
  withSources(withDatabaseOrServer(program.command('import')))
    .description('import COCO datasets into the database')
    .addHelpText('after', EXAMPLES)
    .action(async (sources: string[], options: ImportCommandOptions) => {
      const { runImport } = await import('../import/import-command.js');
      await runImport(sources, options, terminal);
    });
}

export function validateCommand(program: Command, { terminal }: CliContext): void {
  withSources(withCommon(program.command('validate')))
    .description('read as import does and report the same findings, but write nothing')
    .action(async (sources: string[], options: Omit<ImportCommandOptions, 'db'>) => {
      const { runValidate } = await import('../import/import-command.js');
      await runValidate(sources, options, terminal);
    });
}

const RESUME_NOTES = `
An import that was interrupted or killed goes on behind the last row that was committed, and ends with the same database
as an unbroken one. A file that has changed meanwhile is read anew.`;

export function resumeCommand(program: Command, { terminal }: CliContext): void {
  withDatabaseOrServer(program.command('resume'))
    .description('let interrupted imports go on, with the options they were started with')
    .addHelpText('after', RESUME_NOTES)
    .action(async (options: ResumeOptions) => {
      const { runResume } = await import('../import/resume.js');
      await runResume(options, terminal);
    });
}
