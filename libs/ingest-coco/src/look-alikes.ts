import { IngestError } from './errors.js';

/** Formats that are met where COCO is expected: a top-level key that gives each away, and what to do. */
const TOOLS: readonly (readonly [key: string, what: string])[] = [
  ['_via_settings', 'a project of VGG Image Annotator; export it as COCO there'],
  ['_via_img_metadata', 'a project of VGG Image Annotator; export it as COCO there'],
  ['shapes', 'one image of labelme; convert the folder with labelme2coco'],
  ['features', 'GeoJSON'],
  ['items', 'a Datumaro dataset; convert it to COCO with datum convert'],
  ['samples', 'a FiftyOne dataset; export it as COCODetectionDataset there'],
  ['labels', 'a label list, not a dataset'],
];

const EXPECTED = 'a COCO dataset is an object with images, annotations or categories; COCO results are a list';

/** Whether a root object with these keys is no COCO dataset. */
export function isForeign(names: readonly string[]): boolean {
  if (names.includes('images') || names.includes('annotations')) return false;
  return !names.includes('categories') || TOOLS.some(([key]) => names.includes(key));
}

/** A root object that is no COCO dataset. */
export function noSections(names: readonly string[]): IngestError {
  const tool = TOOLS.find(([key]) => names.includes(key));
  const found = names.length === 0 ? 'no keys' : `the keys ${names.slice(0, 8).join(', ')}`;
  return new IngestError(
    'DATAVIS_INGEST_NOT_COCO',
    `not COCO: found ${tool === undefined ? found : `what looks like ${tool[1]}`}; ${EXPECTED}`,
    { place: { byteOffset: 0 } },
  );
}

/** A root list whose first element is no prediction. */
export function notResults(byteOffset: number): IngestError {
  return new IngestError(
    'DATAVIS_INGEST_NOT_COCO',
    'not COCO: the file is a list, but not of objects with an image_id, as COCO results are',
    {
      place: { byteOffset, section: '', index: 0 },
      hint: 'Lists of tasks (Label Studio) or of categories must be exported as a COCO dataset by the tool that wrote them.',
    },
  );
}

/** A root that is neither object nor list. */
export function scalarRoot(byteOffset: number): IngestError {
  return new IngestError('DATAVIS_INGEST_NOT_COCO', `not COCO: the file is a single value; ${EXPECTED}`, {
    place: { byteOffset },
  });
}

/** Annotations inside of images that have no id (OCHuman): there is nothing to join them by. */
export function nestedAnnotations(byteOffset: number): IngestError {
  return new IngestError(
    'DATAVIS_INGEST_NOT_COCO',
    'not COCO: the images have no id and hold their annotations inside of them (as OCHuman has it)',
    {
      place: { byteOffset, section: 'images', index: 0 },
      hint: 'Use the COCO version of the dataset: annotations must be a list of their own, joined by image_id.',
    },
  );
}
