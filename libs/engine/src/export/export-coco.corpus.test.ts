import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SectionSummary, SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { describeCorpus } from '@datavis/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine } from '../engine.js';
import { cocoFile } from './coco-file.js';

function jsonFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? jsonFiles(path) : entry.name.endsWith('.json') ? [path] : [];
  });
}

/** Numbers as their text, so that ids beyond 2^53 are compared exactly; `1.0` and `1` are one number. */
function exact(text: string): unknown {
  const tokens = text
    .replace(/("(?:[^"\\]|\\.)*")|-?Infinity|NaN/gs, (_token, quoted: string | undefined) => quoted ?? 'null')
    .replace(
      /("(?:[^"\\]|\\.)*")|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/gs,
      (token, quoted: string | undefined) =>
        quoted ?? (Number.isSafeInteger(Number(token)) || /[.eE]/.test(token) ? token : `"big ${token}"`),
    );
  return JSON.parse(tokens);
}

describeCorpus('acceptance 47: export of every corpus file equals what was imported', (corpus) => {
  const all = [...jsonFiles(join(corpus, 'fixtures')), ...jsonFiles(join(corpus, 'coco-sample'))];
  // One of those that are equal byte for byte.
  const files = [...new Map(all.map((path) => [readFileSync(path, 'latin1'), path])).values()];
  let refusals = 0;
  let database: SqlDatabase;
  let engine: Engine;
  beforeAll(async () => {
    database = await openDuckDb(':memory:');
    engine = await createEngine({
      database,
      stores: createObjectStoreResolver({ schemes: { file: openLocalStore } }),
    });
  });
  afterAll(() => database.close());
  test.each(files.map((path) => [path.slice(corpus.length + 1), path]))('%s', async (dataset, path) => {
    try {
      await engine.import({ sources: [path], dataset, media: false });
    } catch (error) {
      // Files that are no COCO are in the corpus too; the reader's tests say which.
      expect(error).toMatchObject({ code: expect.stringMatching(/^DATAVIS_INGEST_(NOT_COCO|SYNTAX)$/) as string });
      refusals += 1;
      return;
    }
    const connection = await database.connect();
    const [source] = await connection.all<{ source_key: bigint; sections: string }>(
      'SELECT source_key, sections FROM sources ORDER BY source_key DESC LIMIT 1',
    );
    const sections = JSON.parse(source?.sections ?? '[]') as SectionSummary[];
    const chunks: Uint8Array[] = [];
    for await (const chunk of cocoFile(connection, { sourceKey: source?.source_key ?? 0n, sections }))
      chunks.push(chunk);
    await connection.close();
    const input = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    const output = exact(Buffer.concat(chunks).toString());
    expect(output).toEqual(exact(input));
    expect(Object.keys(output as object)).toEqual(Object.keys(exact(input) as object));
  });
  test('nearly all of them are COCO', () => {
    expect(refusals).toBeLessThan(files.length / 5);
  });
});
