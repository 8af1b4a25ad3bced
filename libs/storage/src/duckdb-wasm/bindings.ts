/**
 * The part of duckdb-wasm's blocking bindings that the driver uses. Structural, so that the public types do not need
 * the optional peer.
 */
export interface WasmBindings {
  open(config: WasmOpenConfig): void;
  reset(): void;
  dropFiles(): void;
  registerFileBuffer(name: string, bytes: Uint8Array): void;
  copyFileToBuffer(name: string): Uint8Array;
  /** A connection object; its number is what all other calls take. */
  connect(): { useUnsafe<R>(callback: (bindings: unknown, connection: number) => R): R };
  disconnect(connection: number): void;
  runQuery(connection: number, sql: string): Uint8Array;
  startPendingQuery(connection: number, sql: string, allowStreamResult: boolean): Uint8Array | null;
  pollPendingQuery(connection: number): Uint8Array | null;
  cancelPendingQuery(connection: number): boolean;
  fetchQueryResults(connection: number): Uint8Array | null;
  createPrepared(connection: number, sql: string): number;
  closePrepared(connection: number, statement: number): void;
  runPrepared(connection: number, statement: number, params: unknown[]): Uint8Array;
  sendPrepared(connection: number, statement: number, params: unknown[]): Uint8Array;
  insertArrowFromIPCStream(
    connection: number,
    buffer: Uint8Array,
    options: { name: string; schema: string; create: boolean },
  ): void;
}

export interface WasmOpenConfig {
  readonly path?: string;
  readonly accessMode?: number;
  readonly useDirectIO?: boolean;
  readonly query?: { readonly castBigIntToDouble: boolean };
}
