const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What is needed of the process. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** Resolves at Ctrl-C or SIGTERM. A second one, whichever, ends the process at once, as it does where nobody listens. */
export function terminated(source: SignalSource = process): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const listener = (signal: NodeJS.Signals): void => {
      for (const one of SIGNALS) source.off(one, listener);
      resolve(signal);
    };
    for (const one of SIGNALS) source.on(one, listener);
  });
}
