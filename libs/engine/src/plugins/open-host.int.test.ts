import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@datavis/plugin-sdk';
import { expect, test } from 'vitest';
import { openPluginHost, type OpenPluginHostDeps } from './open-host.js';

test('a config inside of a dataset is not run, and a warning says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'datavis-host-'));
  writeFileSync(join(folder, 'datavis.config.json'), '{"plugins": ["./not-there.mjs"]}');
  const warnings: string[] = [];
  const log: Logger = { debug() {}, info() {}, warn: (message) => void warnings.push(message), error() {} };
  const stores = { schemes: [] };
  const parts = { hostVersion: '1.0.0', log, stores } as unknown as OpenPluginHostDeps;
  try {
    const host = await openPluginHost({ cwd: folder, datasetFolders: [folder] }, parts);
    expect(host.order.plugins).toEqual([]);
    await host.close();
    expect(warnings).toEqual([
      expect.stringMatching(/datavis\.config\.json is not used: it lies inside a dataset\. Name it with --config/),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
