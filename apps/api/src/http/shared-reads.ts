import type { Gate } from './gate.js';

/**
 * Runs a read when it is its turn. Equal reads that wait become one: under load, an answer that everybody asks for costs
 * little more than one. A read that runs already is not joined, since it may have begun before something that its caller
 * has written. It goes on when its client leaves, since others may wait for it, until `timeoutMs`.
 */
export type SharedReads = <T>(name: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

export function createSharedReads(gate: Gate, timeoutMs: number): SharedReads {
  const waiting = new Map<string, Promise<unknown>>();
  return <T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const known = waiting.get(name) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = gate.run(signal, () => {
      waiting.delete(name);
      return work(signal);
    });
    waiting.set(name, answer);
    // Refused, or too late before its turn came.
    const forget = (): void => {
      if (waiting.get(name) === answer) waiting.delete(name);
    };
    answer.then(forget, forget);
    return answer;
  };
}
