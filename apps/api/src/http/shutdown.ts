import type { Server, ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';

/** Counts the answers under way, so that a server that closes knows when it may. */
export interface AnswersUnderWay {
  /** To be called for each request whose answer has not left yet. */
  watch(response: ServerResponse): void;
  /**
   * Ends the connections of a server as soon as no answer is under way (Node leaves connections open that never sent a
   * request), and by force after `timeoutMs`. Returns a function that ends the watch.
   */
  dropWhenIdle(server: Server | SecureServer, timeoutMs: number): () => void;
}

export function createAnswersUnderWay(): AnswersUnderWay {
  let underWay = 0;
  const ended = (): void => {
    underWay--;
  };
  return {
    watch(response) {
      underWay++;
      response.once('close', ended);
    },
    dropWhenIdle(server, timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      const timer = setInterval(() => {
        if (underWay === 0 || performance.now() > deadline) server.closeAllConnections();
      }, 20);
      return () => {
        clearInterval(timer);
      };
    },
  };
}
