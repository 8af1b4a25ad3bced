import { ApiError } from '../errors.js';
import type { FreshPicture, PictureIndex } from '../pictures/picture-index.js';

/** The picture of an image. 404 where there is no such image, or no file behind it. */
export async function pictureOf(
  pictures: PictureIndex,
  { dataset, image }: { readonly dataset: string; readonly image: string },
): Promise<FreshPicture> {
  const found = pictures.peek(dataset, image) ?? (await pictures.find(dataset, image));
  if (found !== undefined) return found;
  throw new ApiError('DATAVIS_API_NOT_FOUND', 'There is no such image, or its file is missing', {
    hint: 'The image itself says whether its file was found: see `media.state`.',
  });
}
