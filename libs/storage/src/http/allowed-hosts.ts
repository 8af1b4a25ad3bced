import { isIP } from 'node:net';
import type { HttpPolicy } from './http-policy.js';

/**
 * The policy of hosts that an operator wrote down, `data.example.org,*.example.net:8080`; without any, every host is
 * refused. An address or `localhost` among them also lets private addresses through: whoever names one means it.
 */
export function httpPolicyOf(hosts: string | undefined): HttpPolicy {
  const allowHosts = (hosts ?? '')
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '');
  return { allowHosts, allowPrivateAddresses: allowHosts.some(isLocalName) };
}

function isLocalName(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name.toLowerCase() === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}
