const followers = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when a signal aborts, until the returned function is called. However many follow one signal, it has one
 * listener: many reads under one import are no leak, and Node need not warn of one. (`AbortSignal.any` leaves a reference
 * behind in the signal for each call, in Node 20.)
 */
export function followAbort(signal: AbortSignal | undefined, onAbort: () => void): () => void {
  if (signal === undefined) return () => undefined;
  const group = followers.get(signal) ?? startGroup(signal);
  // A function of its own, so that one callback may follow twice.
  const follower = (): void => {
    onAbort();
  };
  group.add(follower);
  return () => {
    group.delete(follower);
  };
}

function startGroup(signal: AbortSignal): Set<() => void> {
  const group = new Set<() => void>();
  followers.set(signal, group);
  const callAll = (): void => {
    for (const follower of [...group]) follower();
  };
  signal.addEventListener('abort', callAll, { once: true });
  return group;
}
