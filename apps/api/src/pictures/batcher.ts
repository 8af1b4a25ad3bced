/** Look-ups that come within a short time are answered by one query: fifty keys cost little more than one. */
export interface Batcher<K, V> {
  load(key: K): Promise<V | undefined>;
}

export function createBatcher<K, V>(
  loadAll: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>,
  { delayMs = 1, maxKeys = 500 } = {},
): Batcher<K, V> {
  let waiting = new Map<K, ((answer: Promise<ReadonlyMap<K, V>>) => void)[]>();
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting;
    waiting = new Map();
    const answer = loadAll([...batch.keys()]);
    for (const settle of [...batch.values()].flat()) settle(answer);
  }

  return {
    async load(key) {
      const answer = await new Promise<ReadonlyMap<K, V>>((resolve) => {
        const settlers = waiting.get(key);
        if (settlers === undefined) waiting.set(key, [resolve]);
        else settlers.push(resolve);
        if (waiting.size >= maxKeys) flush();
        else timer ??= setTimeout(flush, delayMs);
      });
      return answer.get(key);
    },
  };
}
