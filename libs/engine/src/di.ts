import { StoresToken, ThumbnailEngineToken, token } from '@datavis/plugin-sdk';
import type { Registrar, Token } from '@datavis/plugin-sdk';
import { CatalogToken } from '@datavis/storage/di';
import { createDrawing } from './drawing/drawing.js';
import type { Drawing } from './drawing/drawing.js';
import { createMediaReader } from './media/media-reader.js';
import type { MediaReader } from './media/media-reader.js';

/** Originals of images. Close it with the application. */
export const MediaToken: Token<MediaReader> = token('@datavis/engine/Media');

/** Annotations drawn onto pictures. */
export const DrawingToken: Token<Drawing> = token('@datavis/engine/Drawing');

/**
 * Registers what can be made at once. It needs `StoresToken`, `CatalogToken` and `ThumbnailEngineToken`; the engine
 * itself opens asynchronously, see `createEngine`.
 */
export function registerEngineParts(registrar: Registrar): void {
  registrar.register(MediaToken, (from) =>
    createMediaReader({ catalog: from.resolve(CatalogToken), stores: from.resolve(StoresToken) }),
  );
  registrar.register(DrawingToken, (from) => createDrawing(from.resolve(ThumbnailEngineToken)));
}
