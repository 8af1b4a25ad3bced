import type { SqlRow } from '@datavis/plugin-sdk';
import type { DatasetOptions } from '../context.js';
import { CliError, usage } from '../errors.js';

/** The dataset that is meant: the named one, else the only one there is. */
export async function datasetName(
  reader: { datasets(): Promise<readonly SqlRow[]> },
  { dataset, word }: { readonly dataset?: string | undefined; readonly word?: string | undefined },
): Promise<string> {
  const names = (await reader.datasets()).map(({ name }) => String(name));
  const given = dataset ?? word;
  if (given !== undefined) {
    if (names.includes(given)) return given;
    const there = names.length > 0 ? `There are: ${names.join(', ')}` : 'There are none yet: datavis import PATH.';
    if (dataset !== undefined) {
      throw new CliError('DATAVIS_CLI_NOT_FOUND', `There is no dataset "${given}"`, { hint: there });
    }
    throw usage(`"${given}" is neither a condition (name=value, such as category=dog) nor a dataset`, there);
  }
  const [only, ...others] = names;
  if (only === undefined) {
    throw new CliError('DATAVIS_CLI_NOT_FOUND', 'There is no dataset yet', { hint: 'datavis import PATH' });
  }
  if (others.length > 0) throw usage('There are several datasets', `Choose one: --dataset ${names.join(' | ')}`);
  return only;
}

/** `datavis verify pets` means the same as `datavis verify --dataset pets`. */
export function withWord<T extends DatasetOptions>(options: T, word: string | undefined): T {
  if (word === undefined || word === options.dataset) return options;
  if (options.dataset !== undefined) throw usage(`Two datasets are named: ${word}, --dataset ${options.dataset}`);
  return { ...options, dataset: word };
}

/** The same among conditions: a single word that is no `name=value` is the dataset. */
export function withoutWord<T extends DatasetOptions>(
  words: readonly string[],
  options: T,
): { readonly conditions: readonly string[]; readonly options: T } {
  const [word, ...others] = words.filter((one) => !one.includes('='));
  if (word === undefined || others.length > 0 || options.dataset !== undefined)
    return { conditions: words, options };
  return { conditions: words.filter((one) => one !== word), options: { ...options, word } };
}

/** A number of rows; 0 is all. */
export function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw usage(`--limit ${text}: not a number of rows`);
  return limit === 0 ? Infinity : limit;
}
