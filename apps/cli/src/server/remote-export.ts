import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { paths } from '@datavis/client';
import type { ExportResult } from '@datavis/engine';
import { filterWords, parseFilter } from '@datavis/storage';
import type { ExportCommandOptions } from '../commands/output.js';
import { datasetName } from '../browse/dataset-name.js';
import { usage } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { connect } from './connect.js';
import { assertNew, download } from './download.js';
import { remoteBrowser } from './remote-browser.js';

type Query = NonNullable<paths['/v1/datasets/{dataset}/export']['get']['parameters']['query']>;

/** Takes an export of a server as one file: the annotation file, or a zip of several. */
export async function exportByServer(
  conditions: readonly string[],
  options: ExportCommandOptions,
  url: string,
  terminal: Terminal,
): Promise<ExportResult> {
  const { format, out, task, split, merge } = options;
  if (format === 'lake')
    throw usage('A lake is written from the file itself, not through a server', 'Without --server.');
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(out))
    throw usage(`--out ${out}: through a server only a file of this machine`);
  const words = filterWords(conditions);
  parseFilter(words);
  const started = performance.now();
  const path = resolve(out);
  assertNew(path, false);
  const server = connect(url);
  const dataset = await datasetName(remoteBrowser(server), options);
  const splits = split === undefined ? words.split : [split];
  const query = { ...words, format, task, merge, split: splits } as Query;
  const asked = server.client.GET('/v1/datasets/{dataset}/export', {
    params: { path: { dataset }, query },
    parseAs: 'stream',
  });
  const body = await server.ask(asked);
  const { headers } = (await asked).response;
  try {
    assertName(out, headers.get('content-type') ?? '');
  } catch (error) {
    await (body as ReadableStream).cancel();
    throw error;
  }
  const leftOut = headers.get('x-datavis-left-out') ?? '{}';
  const bytes = await download(body, { out: path, url: server.url }, terminal);
  const files = [{ uri: pathToFileURL(path).href, bytes }];
  return {
    dataset,
    format,
    files,
    bytes,
    elapsedMs: performance.now() - started,
    leftOut: JSON.parse(leftOut) as Record<string, number>,
  };
}

/** A zip under the name of an annotation file, or the reverse, would be found out much later. */
function assertName(out: string, contentType: string): void {
  const isZip = contentType.includes('zip');
  if (isZip === /\.zip$/i.test(out)) return;
  throw isZip
    ? usage(`--out ${out}: several files come as one zip`, 'Name it so, as --out FILE.zip, or export one split.')
    : usage(`--out ${out}: one annotation file comes as it is`, 'Name it so, as --out FILE.json.');
}
