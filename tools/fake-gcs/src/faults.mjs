import { sendError } from './metadata.mjs';

/** Faults are handed out in order: each request takes the first one left that is meant for its kind. */
export class FaultPlan {
  #faults = [];
  /** How many were used. */
  used = 0;

  add(...faults) {
    this.#faults.push(...faults.map((fault) => ({ times: 1, ...fault })));
  }

  clear() {
    this.#faults = [];
  }

  take(kind, name) {
    const at = this.#faults.findIndex(
      (fault) => (fault.on ?? 'media') === kind && (fault.name === undefined || fault.name === name),
    );
    if (at === -1) return undefined;
    const fault = this.#faults[at];
    if (--fault.times <= 0) this.#faults.splice(at, 1);
    this.used++;
    return fault;
  }
}

/** Answers in place of the service; true where nothing more is to be done. */
export function answerWithFault(request, response, fault) {
  switch (fault?.kind) {
    case 'status':
      sendError(response, fault.status, `injected ${fault.status}`, {
        ...(fault.retryAfter !== undefined && { 'retry-after': String(fault.retryAfter) }),
      });
      return true;
    case 'hang':
      return true;
    case 'reset-before':
      request.socket.resetAndDestroy();
      return true;
    default:
      return false;
  }
}

/** Sends a body, or what the fault leaves of it. `afterBytes` counts bytes of this body. */
export function sendBody(response, status, headers, bytes, fault) {
  const cut = Math.min(fault?.afterBytes ?? 0, Math.max(0, bytes.length - 1));
  if (fault?.kind === 'corrupt' && bytes.length > 0) {
    bytes = Buffer.from(bytes);
    bytes[cut] ^= 0x5a;
  }
  if (fault?.kind === 'short') bytes = bytes.subarray(0, cut);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  if (bytes.length === 0 || !['fin', 'reset', 'stall'].includes(fault?.kind)) {
    response.end(bytes);
    return;
  }
  response.flushHeaders();
  const { socket } = response;
  const stop = () => {
    if (fault.kind === 'fin') socket?.end();
    if (fault.kind === 'reset') socket?.resetAndDestroy();
  };
  if (cut === 0) setTimeout(stop, 5);
  else response.write(bytes.subarray(0, cut), () => setTimeout(stop, 5));
}
