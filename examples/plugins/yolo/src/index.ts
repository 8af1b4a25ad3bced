import { definePlugin, type ImportChunk, type ObjectStore } from '@datavis/plugin-sdk';
import { imageSize } from 'image-size';
import { parse as parseYaml } from 'yaml';
import { parseLabelLine } from './label-line.js';

const IMAGE = /\.(?:jpe?g|png|bmp|webp|tiff?)$/i;
const ROWS_PER_CHUNK = 1000;
/** Enough for the size of nearly every picture, also behind a large EXIF block. */
const HEADER_BYTES = 256 * 1024;

async function readText(store: ObjectStore, key: string, signal?: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(key, { signal })) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function sizeOf(
  store: ObjectStore,
  key: string,
  signal?: AbortSignal,
): Promise<[number, number] | undefined> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(key, { end: HEADER_BYTES, signal })) chunks.push(chunk);
  try {
    const { width, height } = imageSize(Buffer.concat(chunks));
    return [width, height];
  } catch {
    return undefined;
  }
}

/** `names` of data.yaml: a list, or a map from number to name. */
async function classNames(store: ObjectStore, signal?: AbortSignal): Promise<Map<number, string>> {
  for (const key of ['data.yaml', 'dataset.yaml', 'data.yml']) {
    if ((await store.stat(key, { signal })) === undefined) continue;
    const { names } = parseYaml(await readText(store, key, signal)) as { names?: unknown };
    if (typeof names !== 'object' || names === null) continue;
    return new Map(Object.entries(names).map(([id, name]) => [Number(id), String(name)]));
  }
  const list = await store.stat('classes.txt', { signal });
  const lines = list === undefined ? [] : (await readText(store, 'classes.txt', signal)).split(/\r?\n/);
  return new Map(lines.filter((line) => line.trim() !== '').map((line, id) => [id, line.trim()]));
}

/** `images/train/a.jpg` has its labels in `labels/train/a.txt`; without an `images` folder they lie side by side. */
export function labelKeyOf(imageKey: string): string {
  const parts = imageKey.split('/');
  const at = parts.lastIndexOf('images');
  if (at >= 0) parts[at] = 'labels';
  return parts.join('/').replace(/\.[^./]*$/, '.txt');
}

interface ImageOf {
  readonly id: number;
  readonly key: string;
  readonly widthPx: number;
  readonly heightPx: number;
}

async function* readYolo(store: ObjectStore, signal?: AbortSignal): AsyncGenerator<ImportChunk> {
  const names = await classNames(store, signal);
  yield { table: 'categories', rows: [...names].map(([id, name]) => ({ id, name })) };

  const images: ImageOf[] = [];
  let rows: ImportChunk['rows'][number][] = [];
  for await (const entry of store.list('', { signal })) {
    if (entry.kind !== 'object' || !IMAGE.test(entry.key)) continue;
    const size = await sizeOf(store, entry.key, signal);
    const id = images.length + 1;
    const [widthPx, heightPx] = size ?? [NaN, NaN];
    images.push({ id, key: entry.key, widthPx, heightPx });
    rows.push({ id, file_name: entry.key, ...(size && { width: widthPx, height: heightPx }) });
    if (rows.length >= ROWS_PER_CHUNK) {
      yield { table: 'images', rows };
      rows = [];
    }
  }
  yield { table: 'images', rows };

  rows = [];
  let id = 0;
  for (const image of images) {
    const key = labelKeyOf(image.key);
    if ((await store.stat(key, { signal })) === undefined) continue;
    const lines = (await readText(store, key, signal)).split(/\r?\n/);
    lines.forEach((line, index) => {
      if (line.trim() === '') return;
      const label = parseLabelLine(line, image.widthPx, image.heightPx);
      if (typeof label === 'string') rows.push(`${key}:${index + 1}: ${label}`);
      else rows.push({ id: ++id, image_id: image.id, iscrowd: 0, ...label });
    });
    if (rows.length >= ROWS_PER_CHUNK) {
      yield { table: 'annotations', rows };
      rows = [];
    }
  }
  yield { table: 'annotations', rows };
}

/** Reads YOLO datasets: boxes and polygons, `data.yaml` or `classes.txt`. */
export const yolo = definePlugin({
  name: '@datavis-examples/datavis-plugin-yolo',
  version: '1.0.0',
  description: 'Imports YOLO datasets',
  importers: [
    {
      format: 'yolo',
      description: 'YOLO labels: one text file a picture, boxes or polygons from 0 to 1',
      async detect({ sample, head }) {
        const hasNames = sample.some(({ key }) => /^(?:(?:data|dataset)\.ya?ml|classes\.txt)$/.test(key));
        const label = sample.find(({ key }) => key.endsWith('.txt') && key !== 'classes.txt');
        if (!hasNames || label === undefined) return undefined;
        const [first = ''] = Buffer.from(await head(label.key, 4096))
          .toString('utf8')
          .split(/\r?\n/);
        const numbers = first.trim().split(/\s+/).map(Number);
        return numbers.length >= 5 && numbers.every(Number.isFinite)
          ? { confidence: 0.9, because: `class names and labels of five and more numbers in ${label.key}` }
          : undefined;
      },
      read: ({ store, signal }) => readYolo(store, signal),
    },
  ],
});

export default yolo;
