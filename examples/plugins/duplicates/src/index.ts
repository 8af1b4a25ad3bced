import { createHash } from 'node:crypto';
import { definePlugin, defineOperation, type PluginContext } from '@datavis/plugin-sdk';
import { z } from 'zod';
import { differenceHash } from './difference-hash.js';
import { findGroups } from './find-groups.js';

const find = defineOperation({
  title: 'Find duplicate images',
  description: 'Groups of images with the same bytes, or with nearly the same picture; says which cross splits.',
  input: z.object({
    maxDistance: z.coerce.number().int().min(0).max(7).default(3),
    leaksOnly: z.coerce.boolean().default(false),
  }),
  fields: {
    maxDistance: { type: 'number', description: 'bits two picture hashes may differ in, 0 to 7 (default 3)' },
    leaksOnly: { type: 'boolean', description: 'only groups that cross splits' },
  },
  async run(input, context: PluginContext) {
    const groups = await findGroups(context.db, input.maxDistance);
    const leaks = groups.filter((group) => group.splits.length > 1);
    return { groups: input.leaksOnly ? leaks : groups, leaks: leaks.length };
  },
});

/** Hashes of every image, and an operation that finds duplicates by them. */
export const duplicates = definePlugin({
  name: '@datavis-examples/datavis-plugin-duplicates',
  version: '1.0.0',
  description: 'Exact and near duplicate images, leaks between splits',
  columns: {
    images: {
      sha256: { type: 'utf8', description: 'SHA-256 of the file, hexadecimal' },
      dhash: { type: 'i64', description: '64-bit difference hash of the picture' },
    },
  },
  operations: { find },

  onImageDecoded({ file, rgb }) {
    return {
      sha256: createHash('sha256').update(file).digest('hex'),
      dhash: differenceHash(rgb.data, rgb.widthPx, rgb.heightPx),
    };
  },
});

export default duplicates;
