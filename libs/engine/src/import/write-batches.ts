import type { CocoReader } from '@datavis/ingest-coco';
import type { CocoBatch, CocoCursor } from '@datavis/plugin-sdk';
import type { SourceWriter } from '@datavis/storage';
import type { PluginHost } from '../plugins/index.js';

/** So many rows of one table are a commit of their own where another table begins: it is written while that is read. */
const WORTH_A_COMMIT_ROWS = 16_384;

type Plugins = Awaited<ReturnType<PluginHost['beginRun']>>;

/**
 * Pulls batches and commits them in groups. When the reader fails or is aborted, what it delivered before is committed
 * first: it is good, and the cursor behind it is where the next attempt goes on.
 */
export async function writeBatches(
  reader: CocoReader,
  writer: SourceWriter,
  plugins: Plugins | undefined,
  commitRows: number,
  onCursor: (cursor: CocoCursor) => void,
): Promise<void> {
  const batches = reader.batches();
  let failure: { readonly error: unknown } | undefined;
  let ended = false;
  const next = async (): Promise<CocoBatch | undefined> => {
    try {
      const result = await batches.next();
      return result.done === true ? undefined : result.value;
    } catch (error) {
      failure = { error };
      return undefined;
    }
  };
  try {
    let batch = await next();
    while (batch !== undefined) {
      await writer.commit(async (transaction) => {
        const rows: Record<string, number> = {};
        let cursor: CocoCursor | undefined;
        while (batch !== undefined && !isFull(rows, batch.table, commitRows)) {
          const transformed = plugins?.isActive === true ? await plugins.transform(batch) : undefined;
          const kept = transformed?.batch ?? batch;
          // Plugins' drops and places are taken from the batch too: its memory goes back when both are done with it.
          const release = onCall(transformed === undefined ? 1 : 2, reader.release.bind(reader, batch));
          const firstKey = await transaction.append(kept, release);
          await transformed?.store(transaction.connection, firstKey);
          if (transformed !== undefined) release();
          rows[batch.table] = (rows[batch.table] ?? 0) + batch.length;
          cursor = kept.cursor;
          onCursor(cursor);
          batch = await next();
        }
        return cursor ?? reader.cursor;
      });
    }
    ended = true;
  } finally {
    if (!ended) await batches.return?.();
  }
  if (failure !== undefined) throw failure.error;
}

/** A function that does `work` when it is called for the `count`-th time. */
function onCall(count: number, work: () => void): () => void {
  let calls = 0;
  return () => {
    if (++calls === count) work();
  };
}

/** Whether the next batch, of this table, belongs into the next commit. */
function isFull(rows: Readonly<Record<string, number>>, table: string, commitRows: number): boolean {
  const own = rows[table];
  if (own !== undefined) return own >= commitRows;
  return Object.values(rows).some((others) => others >= WORTH_A_COMMIT_ROWS);
}
