import { basename, dirname } from 'node:path';
import type { CocoReader } from '@datavis/ingest-coco';
import type { CocoWorker, WorkerReadOptions } from '@datavis/ingest-coco/worker';
import type { PolicyName } from '@datavis/plugin-sdk';
import { LocalObjectStore } from '@datavis/storage/local';
import { importInput, type ImportInput } from './import/import-input.js';
import { joinUri } from './layout/join-uri.js';

/** The thread that parses annotation files, as an engine takes it. */
export interface SourceReader extends Pick<CocoWorker, 'readCoco'> {
  /** What is being read already, where that is this version of this object: its `readCoco` goes on with it. */
  readonly begun?: ((uri: string, version: string) => ImportInput | undefined) | undefined;
}

/**
 * Lets a thread begin with an annotation file before there is an engine: of a new import nothing is known that its
 * reading depends on. The engine that is given the result goes on with what was read so far, if it imports that file
 * from its first byte and with that policy, and reads anew if not.
 *
 * Resolves to `worker` itself where the path is no file; what is wrong with it is the import's to tell.
 *
 * @example
 * ```ts
 * import { readAhead } from '@datavis/engine/read-ahead';
 * import { createCocoWorker } from '@datavis/ingest-coco/worker';
 *
 * const worker = createCocoWorker();
 * const reader = await readAhead(worker, 'my-dataset/annotations.json', { policy: 'tolerant' });
 * const { createEngine } = await import('@datavis/engine'); // createEngine({ database, stores, reader })
 * await worker.close();
 * ```
 */
export async function readAhead(
  worker: Pick<CocoWorker, 'readCoco'>,
  path: string,
  { policy }: { readonly policy: PolicyName },
): Promise<SourceReader> {
  const store = new LocalObjectStore({ root: dirname(path) });
  const key = basename(path);
  const stat = await store.stat(key).catch(() => undefined);
  if (stat === undefined) return worker;
  const input = await importInput(store, key, stat.version);
  const abandon = new AbortController();
  const options = { policy };
  let ahead: CocoReader | undefined = worker.readCoco(input, { ...options, readNow: true, signal: abandon.signal });
  const uri = joinUri(store.root, key);
  return {
    begun: (other, version) => (other === uri && version === stat.version ? input : undefined),
    readCoco: (source, { signal, ...asked }: WorkerReadOptions = {}) => {
      const taken = ahead;
      ahead = undefined;
      if (taken !== undefined && source === input && JSON.stringify(asked) === JSON.stringify(options)) {
        if (signal?.aborted === true) abandon.abort(signal.reason);
        signal?.addEventListener('abort', () => {
          abandon.abort(signal.reason);
        });
        return taken;
      }
      abandon.abort();
      return worker.readCoco(source, { ...asked, signal });
    },
  };
}
