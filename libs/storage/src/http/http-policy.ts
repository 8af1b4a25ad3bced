import { storeError } from '../object-store/errors.js';
import { PrivateAddressError, checkLiteral } from './http-address.js';

export interface HttpPolicy {
  /**
   * Hosts that may be asked, also by redirect: `data.example.org`, `*.example.org` for all below, with `:8080` for a port
   * that is not the scheme's own.
   */
  readonly allowHosts: readonly string[];
  /** Addresses of this machine and of private networks too. Default `false`. */
  readonly allowPrivateAddresses?: boolean | undefined;
}

/**
 * Refuses a URL that leads where it must not: another scheme, a host that is not on the list, a user or password, an
 * address that is not public.
 *
 * @throws DataVisError `DATAVIS_STORAGE_FORBIDDEN`
 */
export function checkUrl(url: URL, policy: HttpPolicy, root: string): void {
  const refuse = (why: string, hint?: string): never => {
    throw storeError('DATAVIS_STORAGE_FORBIDDEN', root, '', why, { ...(hint !== undefined && { hint }) });
  };
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse(`${url.protocol} is not asked over HTTP`);
  if (url.username !== '' || url.password !== '') refuse('A URL with a user or a password is not asked');
  if (!policy.allowHosts.some((pattern) => matches(url.host, pattern.toLowerCase()))) {
    refuse(
      `The host ${url.host} is not allowed`,
      `If its data may be read: DATAVIS_ALLOW_HTTP_HOSTS=${url.host} (in code: allowHosts)`,
    );
  }
  if (policy.allowPrivateAddresses === true) return;
  try {
    checkLiteral(url.hostname);
  } catch (error) {
    if (error instanceof PrivateAddressError)
      refuse(
        error.message,
        'An address or localhost among DATAVIS_ALLOW_HTTP_HOSTS lets it through (in code: allowPrivateAddresses).',
      );
    throw error;
  }
}

function matches(host: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/**
 * Where a redirect leads. From https it never leads to http.
 *
 * @throws DataVisError `DATAVIS_STORAGE_FORBIDDEN`
 */
export function redirected(from: URL, location: string | undefined, policy: HttpPolicy, root: string): URL {
  const to = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to === undefined) throw storeError('DATAVIS_STORAGE_IO', root, '', 'The server redirects to nowhere');
  if (from.protocol === 'https:' && to.protocol !== 'https:') {
    throw storeError('DATAVIS_STORAGE_FORBIDDEN', root, '', 'The server redirects from https to http');
  }
  checkUrl(to, policy, root);
  return to;
}
