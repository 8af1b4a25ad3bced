import { definePlugin } from '@datavis/plugin-sdk';
import { HttpStore } from './http-store.js';

/**
 * Opens folders of a plain web server (nginx, `python -m http.server`, a CDN) as `static+http://host/folder` and
 * `static+https://…`. A server cannot list its files, so the folder has an `index.txt` with one key a line.
 */
export const httpStore = definePlugin({
  name: '@datavis-examples/datavis-plugin-http-store',
  version: '1.0.0',
  description: 'Datasets on a plain web server',
  capabilities: ['network'],
  storage: ['static+http', 'static+https'].map((scheme) => ({
    scheme,
    open: (uri: string) => new HttpStore(uri),
  })),
});

export default httpStore;
