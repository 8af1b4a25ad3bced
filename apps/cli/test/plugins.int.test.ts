import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../src/run.js';
import { fakeTerminal } from './fake-terminal.js';

let folder: string;
let db: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-cli-plugins-'));
  db = join(folder, 'a.duckdb');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function datavis(...argv: string[]) {
  const { terminal, stdout, stderr } = fakeTerminal();
  const code = await run(argv, terminal);
  return { code, stdout: stdout(), stderr: stderr() };
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const coco = JSON.stringify({
  images: [{ id: 1, file_name: 'a.jpg' }],
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 5] },
    { id: 2, image_id: 1, category_id: 1, bbox: [0, 0, 1, 1] },
  ],
  categories: [{ id: 1, name: 'cat' }],
});

/** Written by hand, without the SDK: the brand is a text. */
const stats = (
  body = '',
): string => `const any = { '~standard': { version: 1, vendor: 'none', validate: (value) => ({ value }) } };
export default {
  '~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: ['columns', 'onAnnotations', 'operations', 'importers'] },
  name: 'stats', version: '1.0.0', columns: { annotations: { px: 'f64' } },
  onAnnotations(batch, run) {
    ${body}
    const [w, h, px] = [batch.column('bbox_w'), batch.column('bbox_h'), batch.output('px')];
    for (let row = 0; row < batch.length; row++) {
      px[row] = w[row] * h[row];
      if (px[row] < (run.config.least ?? 0)) batch.drop(row, 'tiny');
    }
  },
  operations: { sum: { title: 'Sum', input: any, run: (input, { db }) => db.query('SELECT sum(px) + $1 AS total FROM annotations', [input.more ?? 0]) } },
  importers: [{ format: 'lines', detect: ({ sample }) => sample.some((o) => o.key === 'boxes.txt') ? { confidence: 1, because: 'boxes.txt' } : undefined,
    async *read() { yield { table: 'images', rows: [{ id: 7, file_name: 'x.jpg' }] }; yield { table: 'annotations', rows: [{ id: 1, image_id: 7, category_id: 1, bbox: [0, 0, 2, 2] }, 'line 2'] }; } }],
};`;

describe('import --plugin', () => {
  test('stores its columns, takes its options, and operations run over them', async () => {
    const plugin = write('stats.mjs', stats());
    const { code, stdout } = await datavis(
      ...[
        'import',
        write('a.json', coco),
        '--db',
        db,
        '--no-media',
        '--json',
        '--plugin',
        plugin,
        '--set',
        'stats.least=2',
      ],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      read: { annotations: 2 },
      imported: { annotations: 1 },
      refused: { annotations: 1 },
      findings: { 'stats/tiny': 1 },
    });
    const rows = await datavis('query', 'SELECT px FROM plg_stats.annotations', '--db', db, '--json');
    expect(JSON.parse(rows.stdout)).toEqual([{ px: 20 }]);
    const sum = await datavis('plugins', 'run', 'stats', 'sum', 'more=2', '--db', db, '--plugin', plugin);
    expect(JSON.parse(sum.stdout)).toEqual([{ total: 22 }]);
  });

  test('a plugin that throws stops the import by name, and nothing of it stays', async () => {
    const plugin = write('stats.mjs', stats("throw new Error('boom');"));
    const { code, stderr } = await datavis(
      ...['import', write('a.json', coco), '--db', db, '--no-media', '--json', '--plugin', plugin],
    );
    expect(code).toBe(1);
    expect(stderr).toContain('DATAVIS_PLUGIN_HOOK_FAILED');
    expect(stderr).toContain('stats.onAnnotations failed');
    const rows = await datavis('query', 'SELECT count(*) AS n FROM annotations', '--db', db, '--json');
    expect(JSON.parse(rows.stdout)).toEqual([{ n: 0 }]);
  });

  test('--format reads another format by a plugin', async () => {
    const plugin = write('stats.mjs', stats());
    const source = join(folder, 'odd');
    mkdirSync(source);
    writeFileSync(join(source, 'boxes.txt'), '');
    for (const state of ['imported', 'unchanged']) {
      const { stdout, stderr } = await datavis(
        ...['import', source, '--format', 'auto', '--db', db, '--no-media', '--json', '--plugin', plugin],
      );
      expect(stderr).toContain('boxes.txt');
      expect(JSON.parse(stdout)).toMatchObject({
        dataset: 'odd',
        sources: [{ state: expect.any(String) as string }],
      });
      if (state === 'imported') expect(JSON.parse(stdout)).toMatchObject({ refused: { annotations: 1 } });
    }
    const rows = await datavis('query', 'SELECT count(*) AS n FROM images', '--db', db, '--json');
    expect(JSON.parse(rows.stdout)).toEqual([{ n: 1 }]);
  });

  test('a config inside the dataset is not run', async () => {
    const source = join(folder, 'dataset');
    mkdirSync(source);
    writeFileSync(join(source, 'a.json'), coco);
    writeFileSync(join(source, 'datavis.config.mjs'), "throw new Error('a stranger wrote this');");
    const { code } = await datavis('import', source, '--db', db, '--no-media', '--json');
    expect(code).toBe(0);
  });
});

test('an operation is a command: datavis <namespace> <operation>', async () => {
  const plugin = write('boxes.mjs', stats().replace("name: 'stats'", "name: 'boxes'"));
  await datavis('import', write('a.json', coco), '--db', db, '--no-media', '--plugin', plugin);
  const short = await datavis('boxes', 'sum', 'more=3', '--db', db, '--plugin', plugin);
  expect(JSON.parse(short.stdout)).toEqual([{ total: 24 }]);
  expect((await datavis('boxes', 'none', '--db', db, '--plugin', plugin)).stderr).toContain('NOT_FOUND');
  // Without a plugin it is an unknown command.
  expect((await datavis('boxes', 'sum', '--db', db)).code).toBe(2);
});

test('pictures of an import are shown to the plugins that want to see them, once', async () => {
  const source = join(folder, 'set');
  mkdirSync(source);
  const png = (red: number): Uint8Array =>
    encode({ width: 16, height: 8, data: new Uint8Array(16 * 8 * 3).fill(red), channels: 3 });
  writeFileSync(join(source, 'a.png'), png(10));
  writeFileSync(join(source, 'b.png'), png(200));
  const images = ['a.png', 'b.png'].map((file_name, at) => ({ id: at + 1, file_name, width: 16, height: 8 }));
  writeFileSync(join(source, 'a.json'), JSON.stringify({ images, annotations: [], categories: [] }));
  const plugin = write(
    'red.mjs',
    `export default {
      '~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: ['columns', 'onImageDecoded'] },
      name: 'red', version: '1.0.0', columns: { images: { red: 'i32' } },
      onImageDecoded: ({ rgb }) => ({ red: rgb.data[0] }) };`,
  );
  const imported = async (): Promise<unknown> => {
    const { code, stdout, stderr } = await datavis('import', source, '--db', db, '--json', '--plugin', plugin);
    expect(code, stderr).toBe(0);
    return (JSON.parse(stdout) as { shown: unknown }).shown;
  };
  expect(await imported()).toEqual({ decoded: 2, failed: 0, failures: [] });
  const rows = await datavis('query', 'SELECT red FROM plg_red.images ORDER BY 1', '--db', db, '--json');
  expect(JSON.parse(rows.stdout)).toEqual([{ red: 10 }, { red: 200 }]);
  expect(await imported()).toEqual({ decoded: 0, failed: 0, failures: [] });
});

describe('datavis plugins', () => {
  test('list, info, explain, doctor, disable, enable, remove --purge', async () => {
    write('stats.mjs', stats());
    const config = ['--config', write('datavis.config.json', '{ "plugins": ["./stats.mjs"] }')];
    expect((await datavis('plugins', 'list', ...config)).stdout).toContain('stats 1.0.0: columns annotations.px');
    expect(JSON.parse((await datavis('plugins', 'info', 'stats', ...config)).stdout)).toMatchObject({
      namespace: 'stats',
    });
    expect((await datavis('plugins', 'explain', ...config)).stdout).toContain('1. stats');
    expect((await datavis('plugins', 'doctor', ...config)).stdout).toContain('ok    stats');
    await datavis('import', write('a.json', coco), '--db', db, '--no-media', ...config);
    await datavis('plugins', 'disable', 'stats', ...config);
    expect((await datavis('plugins', 'list', ...config)).stdout).toBe('stats: disabled\n');
    await datavis('plugins', 'enable', 'stats', ...config);
    expect((await datavis('plugins', 'list', ...config)).stdout).toContain('stats 1.0.0');
    const removed = await datavis('plugins', 'remove', 'stats', '--purge', '--db', db, ...config);
    expect(removed.stdout).toContain('dropped the schema plg_stats');
    expect((await datavis('query', 'FROM plg_stats.annotations', '--db', db)).code).toBe(1);
  });

  test('remove --purge --json is one JSON value', async () => {
    const config = ['--config', write('datavis.config.json', `{ "plugins": ["${write('stats.mjs', stats())}"] }`)];
    await datavis('import', write('a.json', coco), '--db', db, '--no-media', ...config);
    const { stdout } = await datavis('plugins', 'remove', 'stats', '--purge', '--json', '--db', db, ...config);
    expect(JSON.parse(stdout)).toMatchObject({ plugin: 'stats', enabled: false, dropped: 'plg_stats' });
  });

  test.each(['check', 'build', 'dev'])(
    'plugin %s in a folder that is none of a plugin says so',
    async (command) => {
      for (const place of [join(folder, 'none'), folder]) {
        const { code, stderr } = await datavis('plugin', command, place);
        expect({ code, stderr }).toMatchObject({
          code: 1,
          stderr: expect.stringMatching(/no package\.json in .*\n {2}Name the folder of a plugin/) as string,
        });
      }
    },
  );

  test('doctor names what is wrong, and fails', async () => {
    write('broken.mjs', "import 'not-there';");
    const config = write('datavis.config.json', '{ "plugins": ["./absent.mjs", "./broken.mjs"] }');
    const { code, stdout } = await datavis('plugins', 'doctor', '--config', config, '--json');
    expect(code).toBe(1);
    const { problems } = JSON.parse(stdout) as { problems: { code: string }[] };
    expect(problems.map((problem) => problem.code)).toEqual([
      'DATAVIS_PLUGIN_NOT_FOUND',
      'DATAVIS_PLUGIN_IMPORT_FAILED',
    ]);
  });

  test('what two plugins have against each other is found before an import runs into it', async () => {
    const named = (file: string, name: string): string =>
      write(file, stats().replace("name: 'stats'", `name: '${name}'`));
    named('a.mjs', '@acme/stats');
    named('b.mjs', '@other/stats');
    const config = write('datavis.config.json', '{ "plugins": ["./a.mjs", "./b.mjs"] }');
    for (const command of ['doctor', 'list', 'explain']) {
      const { code, stdout, stderr } = await datavis('plugins', command, '--config', config);
      expect(code).toBe(1);
      expect(stdout + stderr).toContain('@acme/stats and @other/stats both use the namespace "stats"');
    }
  });

  test('explain tells what is read and rewritten, and why the order is what it is', async () => {
    const brand = "'~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: [] }, version: '1.0.0'";
    const late = `name: 'late', reads: { annotations: ['early.px'] }, rewrites: { annotations: ['score'] }`;
    write('late.mjs', `export default { ${brand}, ${late} };`);
    write('early.mjs', `export default { ${brand}, name: 'early', columns: { annotations: { px: 'f64' } } };`);
    const config = ['--config', write('datavis.config.json', '{ "plugins": ["./late.mjs", "./early.mjs"] }')];
    expect((await datavis('plugins', 'explain', ...config)).stdout).toBe(
      [
        '1. early: columns annotations.px',
        '2. late: no contributions',
        '   reads annotations.early.px',
        '   rewrites annotations.score',
        '   after early: late reads annotations.early.px',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await datavis('plugins', 'explain', '--json', ...config)).stdout)).toMatchObject([
      { plugin: 'early', after: [] },
      { plugin: 'late', after: [{ before: 'early' }] },
    ]);
  });

  test('a name that nothing has is refused, and leaves the switches as they were', async () => {
    write('stats.mjs', stats());
    const config = ['--config', write('datavis.config.json', '{ "plugins": ["./stats.mjs"] }')];
    const switches = join(folder, 'datavis.plugins.json');
    const disable = await datavis('plugins', 'disable', 'stat', ...config);
    expect([disable.code, disable.stderr]).toEqual([1, expect.stringContaining('There are: stats, ./stats.mjs.')]);
    expect((await datavis('plugins', 'enable', './absent.mjs', ...config)).stderr).toContain('PLUGIN_NOT_FOUND');
    expect(existsSync(switches)).toBe(false);
    // By its name, its namespace, or as the config has it: what one switched off another switches on.
    await datavis('plugins', 'disable', './stats.mjs', ...config);
    expect((await datavis('plugins', 'list', ...config)).stdout).toBe('./stats.mjs: disabled\n');
    await datavis('plugins', 'enable', './stats.mjs', ...config);
    expect(JSON.parse((await datavis('plugins', 'enable', 'stats', '--json', ...config)).stdout)).toEqual({
      plugin: 'stats',
      enabled: true,
      file: switches,
    });
    expect(JSON.parse(readFileSync(switches, 'utf8'))).toEqual({ enabled: [], disabled: [] });
    // One that the config does not list stays on when it is switched on again.
    write(
      'more.mjs',
      stats().replace("name: 'stats'", "name: 'more'").replace("format: 'lines'", "format: 'more'"),
    );
    for (const name of ['./more.mjs', './more.mjs', 'more']) await datavis('plugins', 'enable', name, ...config);
    expect(JSON.parse(readFileSync(switches, 'utf8'))).toEqual({ enabled: ['./more.mjs'], disabled: [] });
  });

  test('--set for a namespace that no plugin has is an error', async () => {
    const plugin = write('stats.mjs', stats());
    const { code, stderr } = await datavis('plugins', 'list', '--plugin', plugin, '--set', 'stat.least=2');
    expect(code).toBe(1);
    expect(stderr).toContain('no loaded plugin has the namespace "stat"');
    expect(stderr).toContain('Did you mean "stats"?');
  });
});
