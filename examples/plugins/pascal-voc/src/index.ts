import { definePlugin, type ImportChunk, type ImportRecord, type ObjectStore } from '@datavis/plugin-sdk';
import { parseVoc, type VocFile } from './voc-file.js';

const ROWS_PER_CHUNK = 1000;

async function readFile(store: ObjectStore, key: string, signal?: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(key, { signal })) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Every annotation file in key order, with its number from 1: the same in each pass over the place. */
async function* vocFiles(
  store: ObjectStore,
  signal?: AbortSignal,
): AsyncGenerator<{ id: number; key: string; voc: VocFile | string }> {
  let id = 0;
  for await (const entry of store.list('Annotations/', { signal })) {
    if (entry.kind !== 'object' || !entry.key.toLowerCase().endsWith('.xml')) continue;
    id++;
    yield { id, key: entry.key, voc: parseVoc(await readFile(store, entry.key, signal)) };
  }
}

type Row = ImportRecord | string;

async function* inChunks(table: ImportChunk['table'], rows: AsyncIterable<Row>): AsyncGenerator<ImportChunk> {
  let chunk: Row[] = [];
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length < ROWS_PER_CHUNK) continue;
    yield { table, rows: chunk };
    chunk = [];
  }
  yield { table, rows: chunk };
}

/** Two passes over the files, so that no more than one of them is held in memory. */
async function* readVoc(store: ObjectStore, zeroBased: boolean, signal?: AbortSignal): AsyncGenerator<ImportChunk> {
  async function* images(): AsyncGenerator<Row> {
    for await (const { id, key, voc } of vocFiles(store, signal)) {
      if (typeof voc === 'string') {
        yield `${key}: ${voc}`;
        continue;
      }
      const { widthPx, heightPx, ...more } = voc.image;
      yield {
        id,
        ...more,
        file_name: `JPEGImages/${more.file_name ?? key.replace(/^Annotations\//, '').replace(/\.xml$/i, '.jpg')}`,
        ...(widthPx !== undefined && { width: widthPx }),
        ...(heightPx !== undefined && { height: heightPx }),
      };
    }
  }
  yield* inChunks('images', images());

  const categories = new Map<string, number>();
  const idOf = (name: string): number => {
    const known = categories.get(name) ?? categories.size + 1;
    categories.set(name, known);
    return known;
  };
  let annotation = 0;
  async function* annotations(): AsyncGenerator<Row> {
    for await (const { id, key, voc } of vocFiles(store, signal)) {
      if (typeof voc === 'string') continue;
      for (const { name, box, ...more } of voc.objects) {
        if (name === undefined) {
          yield `${key}: an object without a name`;
          continue;
        }
        const record = { id: ++annotation, image_id: id, category_id: idOf(name), iscrowd: 0, ...more };
        if (box === undefined) {
          yield record;
          continue;
        }
        // Pixels of VOC count from 1 and the box includes its last pixel.
        const [xmin, ymin, xmax, ymax] = box;
        const first = zeroBased ? 0 : 1;
        const bbox = [xmin - first, ymin - first, xmax - xmin + first, ymax - ymin + first];
        yield { ...record, bbox, area: (bbox[2] ?? 0) * (bbox[3] ?? 0) };
      }
    }
  }
  yield* inChunks('annotations', annotations());
  yield { table: 'categories', rows: [...categories].map(([name, id]) => ({ id, name })) };
}

/** Reads Pascal VOC: `Annotations/*.xml` beside `JPEGImages/`. */
export const pascalVoc = definePlugin({
  name: '@datavis-examples/datavis-plugin-pascal-voc',
  version: '1.0.0',
  description: 'Imports Pascal VOC datasets',
  importers: [
    {
      format: 'voc',
      description: 'Pascal VOC: Annotations/*.xml and JPEGImages/; option zeroBased for boxes that count from 0',
      async detect({ sample, head }) {
        const file = sample.find(({ key }) => /^Annotations\/[^/]+\.xml$/i.test(key));
        if (file === undefined) return undefined;
        const start = Buffer.from(await head(file.key, 1024)).toString('utf8');
        return /<annotation[\s>]/.test(start)
          ? { confidence: 0.9, because: `<annotation> in ${file.key}` }
          : undefined;
      },
      read: ({ store, options, signal }) => readVoc(store, options.zeroBased === true, signal),
    },
  ],
});

export default pascalVoc;
