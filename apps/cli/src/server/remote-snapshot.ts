import { resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { SnapshotOptions } from '../commands/maintain.js';
import type { Terminal } from '../terminal/terminal.js';
import { connect } from './connect.js';
import { assertNew, download } from './download.js';
import { followTask } from './follow-task.js';

interface Made {
  readonly dataset: string | null;
  readonly bytes: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly leftOut: readonly string[];
  readonly elapsedMs: number;
}

/** Has a server make a snapshot, takes the file, and deletes the server's copy. */
export async function snapshotByServer(
  { server: url = '', out, dataset, force = false }: SnapshotOptions,
  terminal: Terminal,
): Promise<Made & { readonly path: string }> {
  const path = resolve(out);
  assertNew(path, force);
  const server = connect(url);
  const name = `cli-${randomUUID()}`;
  const params = { path: { snapshot: name } };
  const task = await server.ask(
    server.client.POST('/v1/snapshots', { body: { name, ...(dataset !== undefined && { dataset }) } }),
  );
  const made = (await followTask(server, task, `snapshot of ${server.url}`, terminal)) as Made;
  try {
    const body = await server.ask(server.client.GET('/v1/snapshots/{snapshot}', { params, parseAs: 'stream' }));
    await download(body, { out: path, url: server.url, total: made.bytes }, terminal);
  } finally {
    await server.ask(server.client.DELETE('/v1/snapshots/{snapshot}', { params }));
  }
  return { ...made, path };
}
