import { Option } from 'commander';
import type { Command } from 'commander';
import { CONDITION_WORDS, withDatabaseOrServer, withDataset } from '../context.js';
import type { CliContext, DatasetOptions } from '../context.js';

export interface PreviewOptions extends DatasetOptions {
  readonly out?: string;
  readonly limit: string;
  readonly columns: string;
  readonly tile: '128' | '256' | '512';
  readonly sort?: string;
  readonly open: boolean;
}

const NOTES = `
The ending of the file says what it is: .png, .webp and .jpg are one picture, .html is one page that holds everything.
Conditions are those of datavis find. Colours belong to categories: the same in every picture and every run.

Examples:
  datavis preview
  datavis preview category=dog --limit 40 --out dogs.html
  datavis preview finding=bbox-negative --tile 512 --no-open`;

export function previewCommand(program: Command, { terminal }: CliContext): void {
  withDataset(withDatabaseOrServer(program.command('preview').argument('[condition...]', CONDITION_WORDS)))
    .description('draw pictures with their boxes, masks, keypoints and labels on one sheet, and open it')
    .option('-o, --out <file>', 'the sheet (default: DATASET-preview.png here)')
    .option('-n, --limit <pictures>', 'most pictures', '24')
    .option('--columns <n>', 'pictures in a row of the sheet', '6')
    .addOption(new Option('--tile <px>', 'side of a picture').choices(['128', '256', '512']).default('256'))
    .option('--sort <order>', 'key, file_name, width, height; -width for descending')
    .option('--no-open', 'only write the file (also without a display, or when the output goes to a program)')
    .addHelpText('after', NOTES)
    .action(async (conditions: string[], options: PreviewOptions) => {
      const { runPreview } = await import('../preview/run-preview.js');
      await runPreview(conditions, options, terminal);
    });
}
