import { Option } from 'commander';
import type { Command } from 'commander';
import { withCommon, withDatabase } from '../context.js';
import type { CliContext, CommonOptions } from '../context.js';
import { withPlugins, type PluginOptions } from '../plugins/options.js';

/** `validate` reads into memory only and has no database. */
export interface ImportCommandOptions extends CommonOptions, PluginOptions {
  readonly db: string;
  readonly images?: string;
  readonly format?: string;
  readonly media: boolean;
  readonly dataset?: string;
  readonly split?: string;
  readonly policy: 'strict' | 'tolerant' | 'repair';
}

const EXAMPLES = `
A source is a folder, an annotation file, a zip archive or a glob, on disk or as a URI (gs://bucket/prefix).
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
  withSources(withDatabase(program.command('import')))
    .description('import COCO datasets into the database')
    .addHelpText('after', EXAMPLES)
    .action(async (sources: string[], options: ImportCommandOptions) => {
      const { runImport } = await import('../import/run-import.js');
      await runImport(sources, options, terminal);
    });
}

export function validateCommand(program: Command, { terminal }: CliContext): void {
  withSources(withCommon(program.command('validate')))
    .description('read as import does and report the same findings, but write nothing')
    .action(async (sources: string[], options: ImportCommandOptions) => {
      const { runImport } = await import('../import/run-import.js');
      await runImport(sources, { ...options, db: ':memory:' }, terminal);
    });
}
