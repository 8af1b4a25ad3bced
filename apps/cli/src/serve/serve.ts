import { compose, readConfig, terminated } from '@datavis/api/application';
import type { ApiConfig } from '@datavis/api/application';
import { makeFolder } from '@datavis/storage/local';
import type { ServeOptions } from '../commands/serve.js';
import { usage } from '../errors.js';
import { asOutputError } from '../output/whole-file.js';
import type { Terminal } from '../terminal/terminal.js';

function configOf(options: ServeOptions): ApiConfig {
  const { db, host, port, root, allowedHost, cacheDir, cacheMib, memoryMib, config, logLevel } = options;
  const flag = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`--${name}=${value}`];
  const read = readConfig(
    [
      ...flag('db', db),
      ...flag('host', host),
      ...flag('port', port),
      ...root.flatMap((value) => flag('root', value)),
      ...allowedHost.flatMap((value) => flag('allowed-host', value)),
      ...flag('cache-dir', cacheDir),
      ...flag('cache-mib', cacheMib),
      ...flag('memory-mib', memoryMib),
      ...flag('config', config),
      ...flag('log-level', logLevel),
    ],
    process.env,
  );
  if (read === 'help') throw usage('serve takes no --help among its values');
  return read;
}

/** Serves until it is told to end; running imports are paused at a cursor then. */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<void> {
  const config = configOf(options);
  await makeFolder(config.cacheDir).catch((error: unknown) => {
    throw asOutputError(config.cacheDir, error);
  });
  // Standard output is the command's answer alone.
  const application = await compose(config, process.stderr);
  application.catchErrors(process);
  try {
    const url = await application.listen();
    if (options.json === true) await terminal.out(JSON.stringify({ url, docs: `${url}/docs` }));
    else await terminal.out(`Serving ${options.db} at ${url} (interactive page: ${url}/docs). Ctrl-C ends it.`);
    await terminated();
    terminal.note('Ending: running answers finish, imports pause.');
  } finally {
    await application.close();
  }
}
