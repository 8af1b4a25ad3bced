import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host whose address lies in no public network; not worth another try. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
}

/** True for an address that anybody on the internet may have: not loopback, private, link-local, multicast, reserved. */
export function isPublicAddress(address: string): boolean {
  // `process` takes ::ffff:127.0.0.1 for what it is.
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** @throws PrivateAddressError for a host that is an address (a name is checked when it is looked up). */
export function checkLiteral(hostname: string): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && !isPublicAddress(address)) throw new PrivateAddressError(`${address} is not public`);
}

/**
 * Looks a name up and refuses it if one of its addresses is not public. The socket is opened to the addresses checked
 * here, so a name that changes its mind (DNS rebinding) gains nothing.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) {
      callback(error, '');
      return;
    }
    const hidden = found.find(({ address }) => !isPublicAddress(address));
    const [first] = found;
    if (hidden !== undefined || first === undefined) {
      callback(new PrivateAddressError(`${hostname} is ${hidden?.address ?? 'nowhere'}, which is not public`), '');
    } else if (options.all === true) {
      callback(null, found satisfies LookupAddress[]);
    } else {
      callback(null, first.address, first.family);
    }
  });
};
