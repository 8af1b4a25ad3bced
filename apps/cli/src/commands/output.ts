import { Option } from 'commander';
import type { Command } from 'commander';
import { withWord } from '../browse/dataset-name.js';
import { CONDITION_WORDS, withDatabase, withDatabaseOrServer, withDataset, withDatasetWord } from '../context.js';
import type { CliContext, DatasetOptions } from '../context.js';

export interface ExportCommandOptions extends DatasetOptions {
  readonly format: 'coco' | 'yolo' | 'parquet' | 'lake';
  readonly out: string;
  readonly split?: string;
  readonly task?: 'detect' | 'segment';
  readonly merge?: 'renumber' | 'keep';
}

export interface ThumbsCommandOptions extends DatasetOptions {
  readonly size: string;
  readonly format: 'webp' | 'jpeg' | 'avif';
  readonly cacheDir?: string;
  readonly cacheMib: string;
  readonly concurrency: string;
}

const EXPORT_NOTES = `
coco gives back what was imported, unknown keys included. yolo and parquet say what they cannot hold and left out.
Conditions (as of datavis find) choose images, and of these the annotations that meet them. Through a server, the result is
one file: what was one annotation file as it is, all else as a zip.

Examples:
  datavis export --dataset pets --out ./pets-coco
  datavis export --dataset pets --merge renumber --out ./pets.json
  datavis export category=dog --dataset pets --format yolo --out ./dogs
  datavis export --dataset pets --format lake --out gs://bucket/pets`;

export function exportCommand(program: Command, { terminal }: CliContext): void {
  withDataset(
    withDatabaseOrServer(
      program.command('export').argument('[condition...]', `to export a part: ${CONDITION_WORDS}`),
    ),
  )
    .description('write a dataset as COCO, YOLO, Parquet or a Parquet lake')
    .requiredOption('-o, --out <file|dir|uri>', 'where to')
    .addOption(
      new Option('-f, --format <format>', 'form').choices(['coco', 'yolo', 'parquet', 'lake']).default('coco'),
    )
    .option('--split <name>', 'only the sources of this split')
    .addOption(new Option('--task <task>', 'YOLO: boxes or outlines').choices(['detect', 'segment']))
    .addOption(
      new Option('--merge <ids>', 'COCO: one file of all, with new ids or those it had').choices([
        'renumber',
        'keep',
      ]),
    )
    .addHelpText('after', EXPORT_NOTES)
    .action(async (conditions: string[], options: ExportCommandOptions) => {
      const { runExport } = await import('../output/run-export.js');
      await runExport(conditions, options, terminal);
    });
}

export function thumbsCommand(program: Command, { terminal }: CliContext): void {
  withDatasetWord(withDatabase(program.command('thumbs')))
    .description('make the thumbnails of a dataset ahead of need, into the cache that serve reads')
    .addOption(
      new Option('--size <px>', 'longest side').choices(['64', '128', '256', '512', '1024']).default('256'),
    )
    .addOption(
      new Option('-f, --format <format>', 'of the pictures').choices(['webp', 'jpeg', 'avif']).default('webp'),
    )
    .option('--cache-dir <dir>', 'where they are kept (default: beside the database)')
    .option('--cache-mib <n>', 'their budget', '2048')
    .option('--concurrency <n>', 'pictures under way at once', '8')
    .action(async (word: string | undefined, options: ThumbsCommandOptions) => {
      const { runThumbs } = await import('../output/run-thumbs.js');
      await runThumbs(withWord(options, word), terminal);
    });
}
