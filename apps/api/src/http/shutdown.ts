import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';

export interface Connections {
  /**
   * For a server that is closing: ends its connections as soon as no answer is under way (Node leaves connections open
   * that never sent a request), and by force after `timeoutMs`. Returns a function that ends the watch.
   */
  dropWhenIdle(timeoutMs: number): () => void;
}

/** Counts the answers under way. Call before the server listens. */
export function watchConnections(server: Server | SecureServer): Connections {
  let inFlight = 0;
  server.on('request', (_request, response) => {
    inFlight++;
    response.once('close', () => {
      inFlight--;
    });
  });
  return {
    dropWhenIdle(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      const timer = setInterval(() => {
        if (inFlight === 0 || performance.now() > deadline) server.closeAllConnections();
      }, 20);
      return () => {
        clearInterval(timer);
      };
    },
  };
}
