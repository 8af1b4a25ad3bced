import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DiffSide } from '@datavis/engine';
import type { CallOptions } from '@datavis/plugin-sdk';
import { createCatalogReader } from '@datavis/storage';
import type { ImportProgress } from '@datavis/engine';
import { openSession } from '../composition.js';
import { openForReading } from '../database.js';
import type { DiffOptions } from '../commands/diff.js';
import { CliError } from '../errors.js';
import { isPlainPath } from '../import/assert-sources.js';

/** A side of the comparison, with what must be closed behind it. */
export interface OpenSide {
  readonly side: DiffSide;
  close(): Promise<void>;
}

const SOURCE = 'source';

/** A dataset of the database, if there is one of that name; else the source is read into a database of its own. */
export async function openSide(
  name: string,
  { db, split }: DiffOptions,
  folder: string,
  call: CallOptions & { readonly onProgress: (progress: ImportProgress) => void },
): Promise<OpenSide> {
  if (existsSync(db)) {
    const database = await openForReading(db);
    const reader = createCatalogReader(database);
    const datasets = await reader.datasets();
    if (datasets.some((dataset) => dataset['name'] === name)) {
      const missing =
        split === undefined ? undefined : await reader.hint(name, { split: { anyOf: [split], noneOf: [] } });
      if (missing === undefined) return { side: { database, dataset: name, split }, close: () => database.close() };
      await database.close();
      // Compared with nothing, all of the other side would count as added.
      throw new CliError('DATAVIS_CLI_NOT_FOUND', `${name}: ${missing}`, {
        hint: 'datavis ls lists the splits of each dataset.',
      });
    }
    await database.close();
  }
  if (isPlainPath(name) && !existsSync(name)) {
    throw new CliError('DATAVIS_CLI_NOT_FOUND', `"${name}" is neither a dataset of ${db} nor a file or folder`, {
      hint: 'datavis ls lists the datasets.',
    });
  }
  const session = await openSession(join(folder, 'side.duckdb'));
  try {
    const request = { sources: [name], dataset: SOURCE, media: false, split };
    await session.engine.import(request, call);
  } catch (error) {
    await session.close();
    throw error;
  }
  return { side: { database: session.database, dataset: SOURCE }, close: () => session.close() };
}
