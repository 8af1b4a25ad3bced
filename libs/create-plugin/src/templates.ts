/** What a new plugin does. */
export const KINDS = ['columns', 'importer', 'storage', 'operation'] as const;
/** What a new plugin does. */
export type PluginKind = (typeof KINDS)[number];

interface Template {
  readonly about: string;
  readonly source: (name: string, exportName: string) => string;
  readonly test: (exportName: string, namespace: string) => string;
}

const head = `import { describe, it } from 'node:test';
import { conformance, testPlugin } from '@datavis/plugin-testing';
`;

const conform = (exportName: string): string => `conformance(
  ${exportName},
  { packageFolder: fileURLToPath(new URL('..', import.meta.url)) },
  { describe, it },
);
`;

export const TEMPLATES: Readonly<Record<PluginKind, Template>> = {
  columns: {
    about: 'adds columns to annotations',
    source: (name, exportName) => `import { definePlugin } from '@datavis/plugin-sdk';

/** Adds the area of every box. */
export const ${exportName} = definePlugin({
  name: '${name}',
  version: '0.1.0',
  columns: {
    annotations: { area_px: { type: 'f32', unit: 'px²', description: 'width × height of the box' } },
  },

  onAnnotations(batch) {
    const width = batch.column('bbox_w');
    const height = batch.column('bbox_h');
    const areaPx = batch.output('area_px');
    // A row without a box has NaN here, and so no value in the column.
    for (let row = 0; row < batch.length; row++) areaPx[row] = width[row]! * height[row]!;
  },
});

export default ${exportName};
`,
    test: (exportName) => `${head}import { fileURLToPath } from 'node:url';
import { ${exportName} } from './index.js';

testPlugin(
  ${exportName},
  [
    {
      name: 'area of a box, and none without one',
      given: {
        annotations: [
          { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 5] },
          { id: 2, image_id: 1, category_id: 1 },
        ],
      },
      expect: { annotations: [{ area_px: 20 }, { area_px: null }] },
    },
  ],
  { describe, it },
);

${conform(exportName)}`,
  },
  importer: {
    about: 'reads another format',
    source: (
      name,
      exportName,
    ) => `import { definePlugin, type ImportChunk, type ObjectStore } from '@datavis/plugin-sdk';

/** One line a box: file name, class, x, y, width, height. */
async function* readBoxes(store: ObjectStore, signal?: AbortSignal): AsyncGenerator<ImportChunk> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read('boxes.csv', { signal })) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString('utf8').split(/\\r?\\n/).filter((line) => line !== '');
  const images = new Map<string, number>();
  const categories = new Map<string, number>();
  const idOf = (ids: Map<string, number>, name: string): number => {
    const id = ids.get(name) ?? ids.size + 1;
    ids.set(name, id);
    return id;
  };
  const annotations = lines.map((line, index) => {
    const [file = '', label = '', ...box] = line.split(',');
    const bbox = box.map(Number);
    // A text stands for a record that cannot be understood: it is counted as refused and shown.
    if (bbox.length !== 4 || !bbox.every(Number.isFinite)) return \`boxes.csv:\${index + 1}: no box in "\${line}"\`;
    return { id: index + 1, image_id: idOf(images, file), category_id: idOf(categories, label), bbox };
  });
  yield { table: 'annotations', rows: annotations };
  yield { table: 'images', rows: [...images].map(([file_name, id]) => ({ id, file_name })) };
  yield { table: 'categories', rows: [...categories].map(([label, id]) => ({ id, name: label })) };
}

/** Imports boxes.csv. */
export const ${exportName} = definePlugin({
  name: '${name}',
  version: '0.1.0',
  importers: [
    {
      format: 'boxes-csv',
      detect: ({ sample }) =>
        sample.some(({ key }) => key === 'boxes.csv') ? { confidence: 0.8, because: 'boxes.csv' } : undefined,
      read: ({ store, signal }) => readBoxes(store, signal),
    },
  ],
});

export default ${exportName};
`,
    test: (exportName) => `import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conformance, importerConformance } from '@datavis/plugin-testing';
import { ${exportName} } from './index.js';

importerConformance(
  ${exportName},
  {
    format: 'boxes-csv',
    samples: [
      {
        name: 'two boxes and a broken line',
        files: { 'boxes.csv': 'a.jpg,cat,1,2,3,4\\na.jpg,dog,5,6,7,8\\nnonsense\\n' },
        expect: {
          images: [{ file_name: 'a.jpg' }],
          annotations: [{ bbox_x: 1, bbox_h: 4 }, { bbox_x: 5, bbox_h: 8 }],
          categories: [{ name: 'cat' }, { name: 'dog' }],
        },
        refused: 1,
      },
    ],
    foreign: [{ 'instances.json': '{"images":[],"annotations":[]}' }],
  },
  { describe, it },
);

${conform(exportName)}`,
  },
  storage: {
    about: 'opens files of another place',
    source: (
      name,
      exportName,
    ) => `import { definePlugin, DataVisError, type ObjectStat, type ObjectStore } from '@datavis/plugin-sdk';

/** A store that holds one text: replace it by your place. */
function openStore(root: string): ObjectStore {
  const files = new Map([['hello.txt', new TextEncoder().encode('hello')]]);
  const statOf = (key: string): ObjectStat | undefined => {
    const bytes = files.get(key);
    return bytes === undefined ? undefined : { key, size: bytes.length, version: '1' };
  };
  const readOnly = async (): Promise<never> => {
    throw new DataVisError('DATAVIS_STORAGE_READ_ONLY', \`\${root} is read-only\`);
  };
  return {
    root,
    capabilities: { write: false, list: true, ranges: true, pinned: false },
    stat: async (key) => statOf(key),
    async *read(key, { start = 0, end, signal } = {}) {
      signal?.throwIfAborted();
      const bytes = files.get(key);
      if (bytes === undefined) throw new DataVisError('DATAVIS_STORAGE_NOT_FOUND', \`no \${key} in \${root}\`);
      yield bytes.slice(start, end);
    },
    async *list(prefix) {
      for (const key of files.keys()) {
        const stat = statOf(key);
        if (stat !== undefined && key.startsWith(prefix)) yield { kind: 'object', ...stat };
      }
    },
    write: readOnly,
    delete: readOnly,
    close: async () => undefined,
  };
}

/** Opens hello://… */
export const ${exportName} = definePlugin({
  name: '${name}',
  version: '0.1.0',
  storage: [{ scheme: 'hello', open: (uri) => openStore(uri) }],
});

export default ${exportName};
`,
    test: (exportName) => `import { strictEqual } from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conformance, createTestHost } from '@datavis/plugin-testing';
import { ${exportName} } from './index.js';

it('opens its scheme', async () => {
  const host = await createTestHost({ plugins: [${exportName}] });
  const { storage } = await host.host.contextOf(${exportName}.name);
  const store = await storage.open('hello://there');
  strictEqual((await store.stat('hello.txt'))?.size, 5);
  await host.close();
});

${conform(exportName)}`,
  },
  operation: {
    about: 'adds a command and an API endpoint',
    source: (name, exportName) => `import { defineOperation, definePlugin } from '@datavis/plugin-sdk';

/** How many annotations each category has. */
const count = defineOperation({
  title: 'Count annotations by category',
  // Any Standard Schema does (zod, valibot, arktype); this one takes everything.
  input: { '~standard': { version: 1, vendor: 'none', validate: (value: unknown) => ({ value }) } },
  run: (_input, { db }) =>
    db.query(\`SELECT c.name, count(*) AS annotations FROM annotations a
              JOIN categories c USING (category_key) GROUP BY ALL ORDER BY annotations DESC, name\`),
});

export const ${exportName} = definePlugin({
  name: '${name}',
  version: '0.1.0',
  operations: { count },
});

export default ${exportName};
`,
    test: (exportName, namespace) => `import { deepStrictEqual } from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conformance, createTestHost } from '@datavis/plugin-testing';
import { ${exportName} } from './index.js';

it('counts', async () => {
  const host = await createTestHost({ plugins: [${exportName}] });
  await host.ingest({
    images: [{ id: 1, file_name: 'a.jpg' }],
    annotations: [{ id: 1, image_id: 1, category_id: 1 }],
    categories: [{ id: 1, name: 'cat' }],
  });
  deepStrictEqual(await host.operation('${namespace}', 'count'), [{ name: 'cat', annotations: 1 }]);
  await host.close();
});

${conform(exportName)}`,
  },
};
