import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a listening address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

const hostHeader = /^(?:\[([0-9a-f:.]+)\]|([^:@/?#[\]\s]+))(?::(\d{1,5}))?$/i;

/** The name of a Host header without port and brackets, in lower case; undefined where it is not a host. */
export function hostName(header: string): string | undefined {
  const match = hostHeader.exec(header);
  const name = (match?.[1] ?? match?.[2])?.toLowerCase();
  return name?.endsWith('.') ? name.slice(0, -1) : name;
}

/**
 * Whether a request's Host header names this server. DNS rebinding makes a browser send a foreign *name* that resolves
 * to our address, so names must be known; a plain address cannot be rebound and is always taken.
 */
export function hostCheck(allowedHosts: readonly string[]): (header: string | undefined) => boolean {
  const names = new Set(['localhost', ...allowedHosts.map((name) => name.toLowerCase())]);
  // Nearly all requests to a server name it the same way.
  let lastAllowed: string | undefined;
  return (header) => {
    if (header === undefined) return false;
    if (header === lastAllowed) return true;
    const name = hostName(header);
    const isAllowed = name !== undefined && (isIP(name) !== 0 || names.has(name));
    if (isAllowed) lastAllowed = header;
    return isAllowed;
  };
}

/** Whether an Origin header is this server itself. `null` (sandboxed pages, files) is foreign. */
export function isSameOrigin(origin: string, host: string): boolean {
  return (
    origin.toLowerCase() === `http://${host.toLowerCase()}` ||
    origin.toLowerCase() === `https://${host.toLowerCase()}`
  );
}
