import { rowsOf } from '@datavis/storage';
import type { FindRequest } from '../browse/browser.js';
import { nameOf } from '../preview/picture.js';
import type { PreviewPicture } from '../preview/picture.js';
import type { Server } from './connect.js';
import { remoteBrowser } from './remote-browser.js';

/** Pictures of a server, which draws them. */
export async function remotePictures(
  server: Server,
  dataset: string,
  request: FindRequest,
): Promise<PreviewPicture[]> {
  const pictures: PreviewPicture[] = [];
  for await (const batch of remoteBrowser(server).find(dataset, 'images', request)) {
    for (const row of rowsOf(batch)) {
      const path = { dataset, image: String(row['image_key']) };
      pictures.push({
        ...nameOf(row),
        async draw(size, { signal }) {
          const answer = await server.client.GET('/v1/datasets/{dataset}/images/{image}/overlay', {
            params: { path, query: { size: size as 128 | 256 | 512 } },
            parseAs: 'arrayBuffer',
            ...(signal !== undefined && { signal }),
          });
          if (answer.response.status === 404) return undefined;
          const bytes = new Uint8Array(await server.ask<ArrayBuffer>(Promise.resolve(answer)));
          const contentType = answer.response.headers.get('content-type') ?? '';
          return { bytes, contentType };
        },
      });
    }
  }
  return pictures;
}
