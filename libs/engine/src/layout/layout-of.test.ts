import { describe, expect, test } from 'vitest';
import { FolderCollector } from './folders.js';
import { layoutOf, type LayoutOptions } from './layout-of.js';

/** Lays out a tree given as keys; `!key` is an empty file. */
function layout(keys: readonly string[], options?: LayoutOptions) {
  const collector = new FolderCollector();
  for (const key of keys) {
    const size = key.startsWith('!') ? 0 : 10;
    collector.add({ kind: 'object', key: key.replace(/^!/, ''), size, version: 'v1' });
  }
  const found = layoutOf(collector.folders(), options);
  return 'ambiguous' in found
    ? { ambiguous: found.ambiguous.map(({ kind, root }) => `${kind} ${root}`) }
    : {
        sources: found.sources.map(({ key, split, mediaPrefixes }) => [key, split, mediaPrefixes[0] ?? null]),
        findings: found.findings.map(({ code, sample }) => [code, sample]),
        found,
      };
}

type Row = [key: string, split: string | null, media: string | null];
const layouts: [name: string, keys: string[], sources: Row[]][] = [
  [
    'COCO: annotations/ beside the splits',
    [
      'annotations/instances_train2017.json',
      'annotations/instances_val2017.json',
      'train2017/1.jpg',
      'val2017/2.jpg',
    ],
    [
      ['annotations/instances_train2017.json', 'train2017', 'train2017/'],
      ['annotations/instances_val2017.json', 'val2017', 'val2017/'],
    ],
  ],
  [
    'COCO: pictures in images/SPLIT, several tasks',
    [
      'annotations/captions_train.json',
      'annotations/instances_train.json',
      'annotations/person_keypoints_val.json',
      'images/train/a.jpg',
      'images/val/b.jpg',
    ],
    [
      ['annotations/captions_train.json', 'train', 'images/train/'],
      ['annotations/instances_train.json', 'train', 'images/train/'],
      ['annotations/person_keypoints_val.json', 'val', 'images/val/'],
    ],
  ],
  [
    'COCO: another spelling of the split',
    ['annotations/instances_val.json', 'annotations/lvis_v1_train.json', 'images/valid/b.jpg', 'train2017/a.jpg'],
    [
      ['annotations/instances_val.json', 'val', 'images/valid/'],
      ['annotations/lvis_v1_train.json', 'train', 'train2017/'],
    ],
  ],
  [
    'COCO: one folder of pictures for all splits',
    ['annotations/instances_train.json', 'annotations/instances_val.json', 'images/a.jpg'],
    [
      ['annotations/instances_train.json', 'train', 'images/'],
      ['annotations/instances_val.json', 'val', 'images/'],
    ],
  ],
  [
    'COCO: a subset named like a folder, and one called default (CVAT)',
    ['annotations/cars_berlin.json', 'annotations/instances_default.json', 'berlin/a.jpg', 'images/default/b.jpg'],
    [
      ['annotations/cars_berlin.json', 'berlin', 'berlin/'],
      ['annotations/instances_default.json', 'default', 'images/default/'],
    ],
  ],
  [
    'COCO: results beside the truth belong to its split',
    [
      'annotations/instances_val2014_100.json',
      'annotations/instances_val2014_fakebbox100_results.json',
      'val2014/1.jpg',
    ],
    [
      ['annotations/instances_val2014_100.json', 'val2014', 'val2014/'],
      ['annotations/instances_val2014_fakebbox100_results.json', 'val2014', 'val2014/'],
    ],
  ],
  [
    'COCO: pictures in subfolders of the split',
    ['annotations/instances_train.json', 'train/batch_1/1.jpg', 'train/batch_2/1.jpg'],
    [['annotations/instances_train.json', 'train', 'train/']],
  ],
  [
    'COCO: one picture folder of any name',
    ['annotations/coco.json', 'berlin day/1.jpg'],
    [['annotations/coco.json', null, 'berlin day/']],
  ],
  [
    'COCO: one file over several folders, which its names state',
    ['annotations/all.json', 'day/1.jpg', 'night/1.jpg'],
    [['annotations/all.json', null, '']],
  ],
  [
    'Roboflow',
    [
      'test/_annotations.coco.json',
      'test/a.jpg',
      'train/_annotations.coco.json',
      'train/b.jpg',
      'valid/_annotations.coco.json',
    ],
    [
      ['test/_annotations.coco.json', 'test', 'test/'],
      ['train/_annotations.coco.json', 'train', 'train/'],
      ['valid/_annotations.coco.json', 'valid', ''],
    ],
  ],
  ['flat: JSON beside its pictures', ['annotations.json', 'train_001.jpg'], [['annotations.json', null, '']]],
  [
    'flat: a file for each split, one folder of pictures',
    ['train.json', 'val.json', 'images/1.jpg'],
    [
      ['train.json', 'train', 'images/'],
      ['val.json', 'val', 'images/'],
    ],
  ],
  ['flat: FiftyOne (labels.json beside data/)', ['labels.json', 'data/1.jpg'], [['labels.json', null, 'data/']]],
  [
    'flat: JSON beside pictures, a folder for each split',
    ['train/coco.json', 'train/1.jpg', 'val/coco.json', 'val/2.jpg'],
    [
      ['train/coco.json', 'train', 'train/'],
      ['val/coco.json', 'val', 'val/'],
    ],
  ],
  ['annotations only', ['annotations/instances_train.json'], [['annotations/instances_train.json', 'train', null]]],
  [
    'a folder inside an archive',
    ['__MACOSX/set/._x.json', 'set/annotations/instances_val.json', 'set/val/1.jpg'],
    [['set/annotations/instances_val.json', 'val', 'set/val/']],
  ],
  [
    'panoptic: masks are no pictures',
    ['annotations/panoptic_val.json', 'annotations/panoptic_val/1.png', 'val/1.jpg'],
    [['annotations/panoptic_val.json', 'val', 'val/']],
  ],
  [
    'panoptic: masks beside the pictures',
    ['annotations/panoptic_val.json', 'panoptic_val/1.png', 'photos/1.jpg'],
    [['annotations/panoptic_val.json', 'val', 'photos/']],
  ],
];

describe('acceptance 17: layouts found without options', () => {
  test.each(layouts)('%s', (_name, keys, sources) => {
    expect(layout(keys).sources).toEqual(sources);
    // The order of a listing says nothing.
    expect(layout([...keys].reverse()).sources).toEqual(sources);
  });

  test('a single split, opened at its own folder, takes that folder’s name', () => {
    expect(layout(['_annotations.coco.json', 'a.jpg'], { rootName: 'valid' }).sources).toEqual([
      ['_annotations.coco.json', 'valid', ''],
    ]);
  });

  test('masks of a panoptic file are named', () => {
    const { found } = layout(['annotations/panoptic_val.json', 'annotations/panoptic_val/1.png', 'val/1.jpg']);
    expect(found?.sources[0]).toMatchObject({ task: 'panoptic', masksPrefix: 'annotations/panoptic_val/' });
  });

  test('file names are looked up in the split, then in the dataset, then beside the annotations', () => {
    const { found } = layout(['annotations/instances_val.json', 'images/val/1.jpg']);
    expect(found?.sources[0]?.mediaPrefixes).toEqual(['images/val/', '', 'annotations/']);
  });
});

describe('acceptance 17: ambiguity is reported, never guessed', () => {
  test('several datasets below one folder', () => {
    expect(layout(['a/annotations/instances_val.json', 'b/annotations/instances_val.json']).ambiguous).toEqual([
      'coco a/',
      'coco b/',
    ]);
  });

  test('one dataset in two layouts', () => {
    const keys = ['annotations/instances_train.json', 'train/_annotations.coco.json', 'train/1.jpg'];
    expect(layout(keys).ambiguous).toEqual(['coco ', 'roboflow ']);
  });

  test('a split that may be in either of two folders: neither is taken', () => {
    const { sources, findings } = layout(['annotations/instances_val.json', 'images/val/1.jpg', 'val/1.jpg']);
    expect(sources).toEqual([['annotations/instances_val.json', 'val', null]]);
    expect(findings).toEqual([['media-folder-ambiguous', 'images/val/ | val/']]);
  });

  test('files that the caller chose are one dataset', () => {
    const chosen = layout(['a/1.json', 'b/2.json', 'a/1.jpg', 'b/2.jpg'], { chosen: true });
    expect(chosen.sources).toEqual([
      ['a/1.json', null, 'a/'],
      ['b/2.json', null, 'b/'],
    ]);
  });
});

describe('acceptance 6: a folder of one-image files', () => {
  test('15,000 of them are one dataset without splits, whatever their names hold', () => {
    const stems = Array.from({ length: 15_000 }, (_, index) => `shot_test_${index}`);
    const { sources } = layout(stems.flatMap((stem) => [`${stem}.json`, `${stem}.jpg`]));
    expect(sources).toHaveLength(15_000);
    expect(new Set(sources?.map(([, split]) => split))).toEqual(new Set([null]));
  });
});

describe('acceptance 16: files that only look like annotations are left out, with a finding', () => {
  test.each([
    ['lock-file-skipped', '~$instances_val.json'],
    ['lock-file-skipped', '.~lock.instances_val.json'],
    ['hidden-file-skipped', '._instances_val.json'],
    ['hidden-file-skipped', '__MACOSX/annotations/instances_val.json'],
    ['empty-file-skipped', '!instances_test.json'],
  ])('%s: %s', (code, key) => {
    const { sources, findings } = layout(['annotations.json', key]);
    expect(sources?.map(([name]) => name)).toEqual(['annotations.json']);
    expect(findings).toEqual([[code, key.replace(/^!/, '')]]);
  });
});
