import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../errors.js';

export const MIN_TOKEN_LENGTH = 16;
export const SESSION_COOKIE = 'datavis_session';

/** Checks tokens and the session cookies made from them. Cookies end with the process. */
export interface Authenticator {
  /** Whether a request with these headers may pass. */
  accepts(authorization: string | undefined, cookie: string | undefined): boolean;
  /** The `Set-Cookie` value for pages that cannot set headers on images and event streams. */
  sessionCookie(): string;
}

/** Tokens are compared by digests of equal length, so the time taken says nothing about the secret. */
export function createAuthenticator(token: string): Authenticator {
  if (token.length < MIN_TOKEN_LENGTH) {
    throw new ApiError('DATAVIS_API_CONFIG', `A token needs at least ${MIN_TOKEN_LENGTH} characters`, {
      hint: 'Make one with: openssl rand -hex 32',
    });
  }
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const expected = digest(token);
  const session = digest(`session ${token}`).toString('base64url');
  const expectedSession = digest(session);

  return {
    accepts(authorization, cookie) {
      const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
      if (bearer !== undefined) return timingSafeEqual(digest(bearer), expected);
      const value = cookieValue(cookie ?? '', SESSION_COOKIE);
      return value !== undefined && timingSafeEqual(digest(value), expectedSession);
    },
    sessionCookie: () => `${SESSION_COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict`,
  };
}

function cookieValue(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
