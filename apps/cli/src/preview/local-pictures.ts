import { categoryStylesOf } from '@datavis/engine';
import type { Drawing, MediaReader } from '@datavis/engine';
import { filterWords, parseFilter } from '@datavis/storage';
import type { CatalogReader } from '@datavis/storage';
import type { FindRequest } from '../browse/browser.js';
import { nameOf } from './picture.js';
import type { PreviewPicture } from './picture.js';

/** Pictures of an open database, drawn here. */
export async function localPictures(
  parts: { readonly reader: CatalogReader; readonly media: MediaReader; readonly drawing: Drawing },
  dataset: string,
  { conditions = [], sort, limit }: FindRequest,
): Promise<PreviewPicture[]> {
  const { reader, media, drawing } = parts;
  const filter = parseFilter(filterWords(conditions));
  const { rows } = await reader.page(dataset, 'images', { filter, limit, ...(sort !== undefined && { sort }) });
  const styles = categoryStylesOf(await reader.categories(dataset));
  return rows.map((image) => ({
    ...nameOf(image),
    async draw(sizePx, call) {
      const key = String(image['image_key']);
      const ref = (await media.locate(dataset, [key], call)).get(key);
      const file = ref && (await media.open(ref, call));
      if (file === undefined) return undefined;
      const annotations = await reader.annotationsOf(dataset, [key], call);
      return await drawing.overlay({ file, image, annotations, ...styles }, sizePx, call);
    },
  }));
}
