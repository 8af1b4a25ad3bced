/**
 * Lets V8 see a transfer of memory. Until the first of an isolate it compiles what works on typed arrays as if there never
 * were one, and then throws all of that code away: the parser, and the loops of plugins, would be compiled twice.
 * See `ArrayBufferDetachingIntact` in https://github.com/v8/v8/blob/main/src/execution/protectors.h
 */
export function expectTransfers(): void {
  const memory = new ArrayBuffer(1);
  structuredClone(memory, { transfer: [memory] });
}
