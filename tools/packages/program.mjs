// The installed command line, from the sample to a thumbnail over HTTP, as a script of a user would call it.
import { join } from 'node:path';
import { exec } from '../exec.mjs';
import { root } from '../workspace.mjs';
import { get, serve } from './serve.mjs';

export async function checkProgram(tally, consumer) {
  const bin = join(consumer, 'node_modules', '@datavis', 'cli', 'bin', 'datavis.js');
  const sample = join(consumer, 'sample');
  const database = join(consumer, 'program.duckdb');
  await exec(process.execPath, [join(root, 'tools', 'sample', 'make-sample.mjs'), sample]);
  const imported = await tally.check('datavis import of the sample, from the tarballs', async () => {
    const { stdout } = await exec(process.execPath, [
      bin,
      'import',
      sample,
      '--db',
      database,
      '--dataset',
      'sample',
      '--json',
    ]);
    return JSON.parse(stdout);
  });
  if (imported === undefined) return;

  await checkEndToEnd(tally, bin);
  const { url, stop } = serve(bin, database);
  try {
    const base = await tally.check('datavis serve listens', () => url);
    if (base === undefined) return;
    await tally.check('the server answers with a thumbnail of an imported image', () => checkThumbnail(base));
  } finally {
    await tally.check('Ctrl-C ends the server', async () => {
      const how = await stop();
      if (how !== 0 && how !== 130) throw new Error(`it ended with ${how}`);
    });
  }
}

async function checkThumbnail(base) {
  const page = await (await get(`${base}/v1/datasets/sample/images?limit=1`)).json();
  const response = await get(base + page.items[0].urls.thumbnail);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!/^image\//.test(response.headers.get('content-type') ?? '') || bytes.length < 200) {
    throw new Error(`${response.headers.get('content-type')}, ${bytes.length} bytes`);
  }
}

/** The command line's end-to-end tests once more, with the installed program in place of the built one. */
async function checkEndToEnd(tally, bin) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  await tally.check('end-to-end tests of the command line, from the tarballs', () =>
    exec(process.execPath, [vitest, 'run', '--project', 'cli', 'test/e2e'], {
      cwd: root,
      env: { DATAVIS_BIN: bin },
      timeoutMs: 1_200_000,
    }),
  );
}
