import type { SqlRow } from '@datavis/plugin-sdk';
import { CliError, usage } from '../errors.js';

/** The dataset that is meant: the named one, else the only one there is. */
export async function datasetName(
  reader: { datasets(): Promise<readonly SqlRow[]> },
  given: string | undefined,
): Promise<string> {
  const names = (await reader.datasets()).map(({ name }) => String(name));
  if (given !== undefined) {
    if (names.includes(given)) return given;
    throw new CliError('DATAVIS_CLI_NOT_FOUND', `There is no dataset "${given}"`, {
      hint: names.length > 0 ? `There are: ${names.join(', ')}` : 'There are none yet: datavis import PATH.',
    });
  }
  const [only, ...others] = names;
  if (only === undefined) {
    throw new CliError('DATAVIS_CLI_NOT_FOUND', 'There is no dataset yet', { hint: 'datavis import PATH' });
  }
  if (others.length > 0) throw usage('There are several datasets', `Choose one: --dataset ${names.join(' | ')}`);
  return only;
}

/** A number of rows; 0 is all. */
export function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw usage(`--limit ${text}: not a number of rows`);
  return limit === 0 ? Infinity : limit;
}
