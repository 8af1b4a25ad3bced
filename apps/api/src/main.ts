import 'reflect-metadata/lite';
import { isDataVisError } from '@datavis/plugin-sdk';
import { compose } from './composition.js';
import { readConfig, usage } from './config.js';
import { terminated } from './terminated.js';

/** Runs a server until the process is told to end. Resolves to the exit code. */
export async function main(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  try {
    const config = readConfig(args, env);
    if (config === 'help') {
      process.stdout.write(usage);
      return 0;
    }
    const application = await compose(config);
    application.catchErrors(process);
    try {
      const url = await application.listen();
      application.log.info(`listening on ${url}, interactive page at ${url}/docs`);
      const signal = await terminated();
      application.log.info(`${signal}: pausing imports, finishing answers`);
    } finally {
      await application.close();
    }
    return 0;
  } catch (error) {
    if (!isDataVisError(error)) throw error;
    process.stderr.write(`${error.code}: ${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
    return error.code === 'DATAVIS_CATALOG_LOCKED' ? 4 : error.code === 'DATAVIS_API_CONFIG' ? 2 : 1;
  }
}
