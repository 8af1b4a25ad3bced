import type { SqlConnection } from '@datavis/plugin-sdk';

/** While one is filled, the rows of another are compressed and written, and those of a third committed. */
const LANES = 3;

/** What one commit does on its connection. */
export interface CommitSteps<T> {
  /** Appends rows. When it is done, those of the next commit may come. */
  readonly fill: (connection: SqlConnection) => Promise<T>;
  /** The rest of the transaction. */
  readonly seal: (connection: SqlConnection, filled: T) => Promise<void>;
  /** Behind the COMMIT. */
  readonly check: (connection: SqlConnection) => Promise<void>;
}

interface Lane {
  readonly connection: SqlConnection;
  /** Settles when its commit is stored, or rolled back. */
  busy: Promise<void>;
}

/**
 * Transactions one behind the other, the next of which is filled while the last ones are committed, each on a connection
 * of its own. They are committed in their order: after a failure none that came later is stored.
 */
export class CommitLanes {
  readonly #connect: () => Promise<SqlConnection>;
  readonly #lanes: Lane[];
  #next = 0;
  #last: Promise<void> = Promise.resolve();

  /** `connect` is called when there is a second commit. */
  constructor(first: SqlConnection, connect: () => Promise<SqlConnection>) {
    this.#lanes = [{ connection: first, busy: this.#last }];
    this.#connect = connect;
  }

  /** Resolves when `fill` is done. Throws what it threw, or what an earlier commit failed with. */
  async commit<T>({ fill, seal, check }: CommitSteps<T>): Promise<void> {
    const lane = await this.#free();
    const before = this.#last;
    const { promise: handedOver, resolve: handOver } = deferred();
    const committed = (async () => {
      await lane.connection.transaction(async () => {
        const filled = await fill(lane.connection);
        handOver();
        await seal(lane.connection, filled);
        await before;
      });
      await check(lane.connection);
    })();
    lane.busy = this.#last = committed;
    await Promise.race([handedOver, committed]);
  }

  /** Resolves when all is stored; throws what a commit failed with. */
  async settle(): Promise<void> {
    await this.idle();
    await this.#last;
  }

  /** Resolves when no commit is under way any more, whether they failed or not. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#lanes.map(({ busy }) => busy));
  }

  async close(): Promise<void> {
    await this.idle();
    for (const { connection } of this.#lanes) await connection.close();
  }

  async #free(): Promise<Lane> {
    const at = this.#next++ % LANES;
    const lane = (this.#lanes[at] ??= { connection: await this.#connect(), busy: Promise.resolve() });
    await lane.busy;
    return lane;
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
