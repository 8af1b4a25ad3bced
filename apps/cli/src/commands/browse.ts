import { Option } from 'commander';
import type { Command } from 'commander';
import { withWord } from '../browse/dataset-name.js';
import { CONDITION_WORDS, withDatabaseOrServer, withDataset, withDatasetWord } from '../context.js';
import type { CliContext, DatasetOptions } from '../context.js';

export interface ListOptions extends DatasetOptions {
  readonly limit: string;
}

export interface FindOptions extends ListOptions {
  readonly table: 'images' | 'annotations';
  readonly sort?: string;
  readonly format?: 'table' | 'json' | 'ndjson' | 'csv';
}

const limit = (standard: string): Option =>
  new Option('-n, --limit <rows>', 'most rows; 0 = all').default(standard);

export function listCommand(program: Command, { terminal }: CliContext): void {
  withDatasetWord(withDatabaseOrServer(program.command('ls')))
    .description('list the datasets, or the images of one')
    .addOption(limit('100'))
    .action(async (word: string | undefined, given: ListOptions) => {
      const { listDatasets, listImages } = await import('../browse/list.js');
      const options = withWord(given, word);
      await (options.dataset === undefined ? listDatasets(options, terminal) : listImages(options, terminal));
    });
}

export function showCommand(program: Command, { terminal }: CliContext): void {
  withDataset(
    withDatabaseOrServer(program.command('show').argument('<image>', 'id, file name, or row key as key:N')),
  )
    .description('show an image and its annotations')
    .action(async (image: string, options: DatasetOptions) => {
      const { showImage } = await import('../browse/show.js');
      await showImage(image, options, terminal);
    });
}

export function statsCommand(program: Command, { terminal }: CliContext): void {
  withDatasetWord(withDatabaseOrServer(program.command('stats')))
    .description('count by category, size and state, with bars')
    .action(async (word: string | undefined, options: DatasetOptions) => {
      const { printStats } = await import('../browse/stats.js');
      await printStats(withWord(options, word), terminal);
    });
}

const CONDITIONS = `
Conditions, all of which must hold:
  id=139  file=street.jpg  category=dog  category=!cat  supercategory=animal  split=train  finding=bbox-negative
  area=100..2000  area=>=1024  score=0.5..  width=<640  height=..480
  crowd=true  missing=true  annotated=false  text=umbrella  column=namespace.name=value

Examples:
  datavis find category=dog area=..1024
  datavis find missing=true --json
  datavis find score=0.9.. --table annotations --sort -score --limit 20`;

export function findCommand(program: Command, { terminal }: CliContext): void {
  withDataset(withDatabaseOrServer(program.command('find').argument('[condition...]', CONDITION_WORDS)))
    .description('find images or annotations by conditions')
    .addOption(
      new Option('-t, --table <table>', 'what to find').choices(['images', 'annotations']).default('images'),
    )
    .option('--sort <order>', 'key, file_name, width, height, area, score; -area for descending')
    .addOption(
      new Option('-f, --format <format>', 'form of the result').choices(['table', 'json', 'ndjson', 'csv']),
    )
    .addOption(limit('100'))
    .addHelpText('after', CONDITIONS)
    .action(async (conditions: string[], options: FindOptions) => {
      const { findRecords } = await import('../browse/find.js');
      await findRecords(conditions, options, terminal);
    });
}
