import type { VerifyResult } from '@datavis/engine';
import { datasetName } from '../browse/dataset-name.js';
import type { Terminal } from '../terminal/terminal.js';
import { connect } from './connect.js';
import { followTask } from './follow-task.js';
import { remoteBrowser } from './remote-browser.js';

/** Has a server read the sources of a dataset again. */
export async function verifyByServer(
  url: string,
  given: string | undefined,
  terminal: Terminal,
): Promise<VerifyResult> {
  const server = connect(url);
  const dataset = await datasetName(remoteBrowser(server), { dataset: given });
  const task = await server.ask(
    server.client.POST('/v1/datasets/{dataset}/verifications', { params: { path: { dataset } } }),
  );
  return (await followTask(server, task, dataset, terminal)) as VerifyResult;
}
