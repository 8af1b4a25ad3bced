import { DatabaseToken, ThumbnailEngineToken } from '@datavis/plugin-sdk';
import type { Registrar, Resolver, Token } from '@datavis/plugin-sdk';
import { CatalogToken, registerStorage, StoresToken } from '@datavis/storage/di';
import { loadThumbnailEngine } from '@datavis/thumbs';
import { registerThumbs, ThumbnailerToken } from '@datavis/thumbs/di';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSandbox } from '../testing/sandbox.js';

/** The smallest container that fits: a map of factories, each called once. */
class MapContainer implements Registrar, Resolver {
  readonly #factories = new Map<symbol, (from: Resolver) => unknown>();
  readonly #made = new Map<symbol, unknown>();

  register<T>(token: Token<T>, factory: (from: Resolver) => T): void {
    this.#factories.set(token, factory);
  }

  resolve<T>(token: Token<T>): T {
    if (!this.#made.has(token)) {
      const factory = this.#factories.get(token);
      if (factory === undefined) throw new Error(`nothing is registered as ${String(token.description)}`);
      this.#made.set(token, factory(this));
    }
    return this.#made.get(token) as T;
  }
}

test('a plain map is container enough: the libraries register themselves and find each other', async () => {
  const sandbox = await openSandbox();
  const cacheDir = await mkdtemp(join(tmpdir(), 'datavis-di-'));
  await sandbox.import({ images: [{ id: 7, file_name: 'a.jpg' }], annotations: [], categories: [] });
  const pictures = await loadThumbnailEngine();
  const container = new MapContainer();
  container.register(DatabaseToken, () => sandbox.database);
  container.register(ThumbnailEngineToken, () => pictures);
  registerStorage(container);
  registerThumbs(container, { cache: { dir: cacheDir, maxBytes: 1 << 20 } });

  const { rows } = await container.resolve(CatalogToken).page('set', 'images', { limit: 10 });
  expect(rows.map((row) => row['id'])).toEqual([7n]);
  expect(container.resolve(StoresToken)).toBe(container.resolve(StoresToken));
  await container.resolve(ThumbnailerToken).close();
  await sandbox.close();
  await rm(cacheDir, { recursive: true, force: true });
});
