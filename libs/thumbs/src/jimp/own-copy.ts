/** A copy to hand over to a thread: the caller keeps its bytes, and a view into a large buffer takes only its part along. */
export function ownCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
