import type { App } from '../http/app.js';
import { etagOf } from '../http/etag.js';
import { fileAnswers, fileHeaders, sendFile } from '../http/send-file.js';
import { ImageParams } from '../schemas/params.js';
import type { RouteContext } from './context.js';
import { pictureOf } from './picture-of.js';

/** The original file of an image: as stored, with the type its bytes have. */
export function mediaRoutes(app: App, { pictures, limits }: RouteContext): void {
  app.get(
    '/v1/datasets/:dataset/images/:image/media',
    {
      schema: {
        tags: ['pictures'],
        operationId: 'getMedia',
        summary: 'The original picture, whole or in part',
        params: ImageParams,
        headers: fileHeaders,
        response: fileAnswers('image/*', 'application/octet-stream'),
      },
    },
    async (request, reply) => {
      const found = await pictureOf(pictures, request.params);
      const { picture } = found;
      const file = {
        etag: etagOf(picture.identity),
        sizeBytes: picture.sizeBytes,
        type: () => pictures.contentType(found),
        read: picture.read.bind(picture),
      };
      return await sendFile(request, reply, file, limits);
    },
  );
}
