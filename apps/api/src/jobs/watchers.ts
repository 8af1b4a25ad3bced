/** Those who wait for changes. */
export interface Watchers {
  /** Tells all that something has changed. */
  wake(): void;
  /** The value now and after each change, until it rests or `signal` aborts. Changes that come at once are one. */
  watch<T>(current: () => T, rests: (value: T) => boolean, signal: AbortSignal): AsyncGenerator<T>;
}

export function createWatchers(): Watchers {
  const sleepers = new Set<() => void>();
  return {
    wake() {
      for (const wake of sleepers) wake();
    },
    async *watch(current, rests, signal) {
      let wake: () => void = () => undefined;
      const notify = (): void => {
        wake();
      };
      sleepers.add(notify);
      signal.addEventListener('abort', notify, { once: true });
      try {
        let seen: ReturnType<typeof current> | undefined;
        const left = (): boolean => signal.aborted;
        while (!left()) {
          const value = current();
          if (value !== seen) yield (seen = value);
          if (rests(value)) return;
          if (current() === seen && !left()) await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        sleepers.delete(notify);
        signal.removeEventListener('abort', notify);
      }
    },
  };
}
