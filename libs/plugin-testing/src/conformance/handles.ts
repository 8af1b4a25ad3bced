/** What keeps the process alive, and who listens to it, by kind. */
export function openHandles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (/Timeout|TCP|Server|FSEvent|StatWatcher|Process|Worker|MessagePort/.test(name)) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  // A listener keeps no process alive, but what it closes over, and it is called when nothing of the plugin should be.
  for (const name of process.eventNames()) {
    counts.set(`listener of process, ${String(name)}`, process.listenerCount(name));
  }
  return counts;
}

/** Handles that were not there before. Those that are about to end get a second for it. */
export async function newHandles(before: ReadonlyMap<string, number>): Promise<string[]> {
  const untilMs = performance.now() + 1000;
  for (;;) {
    const left = [...openHandles()]
      .filter(([name, count]) => count > (before.get(name) ?? 0))
      .map(([name]) => name);
    if (left.length === 0 || performance.now() > untilMs) return left;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
