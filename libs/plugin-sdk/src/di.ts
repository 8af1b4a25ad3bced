import type { SqlDatabase } from './sql-driver.js';
import type { ThumbnailEngine } from './thumbnails.js';

/**
 * A name for something that can be injected, typed by what it stands for. Made by `token('@datavis/…/Name')`, which uses
 * `Symbol.for`, so that two copies of a package agree.
 */
export type Token<T> = symbol & { readonly __type?: T };

/** Names something that can be injected. The same name gives the same token, also in two copies of a package. */
export function token<T>(name: `@${string}/${string}`): Token<T> {
  return Symbol.for(name);
}

/** What a factory may ask for other things. */
export interface Resolver {
  resolve<T>(token: Token<T>): T;
}

/**
 * The one thing a library needs of a container to register itself: a tsyringe container fits, so does a plain map.
 * Factories are called once; the application closes what it opened, in reverse order.
 */
export interface Registrar {
  register<T>(token: Token<T>, factory: (resolver: Resolver) => T): void;
}

/** The application's open database. Opening is asynchronous, so the application registers it as it is. */
export const DatabaseToken: Token<SqlDatabase> = token('@datavis/plugin-sdk/Database');

/** The engine that makes thumbnails. Loading is asynchronous, so the application registers it as it is. */
export const ThumbnailEngineToken: Token<ThumbnailEngine> = token('@datavis/plugin-sdk/ThumbnailEngine');
