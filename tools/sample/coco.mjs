// Scenes as COCO annotation files: instances, person keypoints and captions of one split.
import { captionsOf } from './captions.mjs';
import { boundingBox, mask, runLengths } from './geometry.mjs';
import { keypointNames, skeleton } from './person.mjs';

// Ids with holes and out of order, as in COCO itself: nothing may take an id for an index.
const categories = [
  { supercategory: 'person', id: 1, name: 'person' },
  { supercategory: 'vehicle', id: 3, name: 'car' },
  { supercategory: 'vehicle', id: 9, name: 'boat' },
  { supercategory: 'vehicle', id: 85, name: 'hot-air balloon' },
  { supercategory: 'animal', id: 16, name: 'bird' },
  { supercategory: 'landscape', id: 64, name: 'tree' },
  { supercategory: 'landscape', id: 70, name: 'house' },
];
const idOf = new Map(categories.map(({ name, id }) => [name, id]));
const licenses = [{ url: 'https://opensource.org/license/mit', id: 1, name: 'MIT License' }];

const round = (value) => Math.round(value * 100) / 100;

function instance(thing, image, id, size) {
  const pixels = mask(thing.visibleParts, ...size);
  const polygons = thing.visibleParts.map((part) => part.flatMap(([x, y]) => [round(x), round(y)]));
  const segmentation = thing.crowd ? { counts: runLengths(pixels), size: [size[1], size[0]] } : polygons;
  return {
    segmentation,
    area: pixels.reduce((sum, pixel) => sum + pixel, 0),
    iscrowd: thing.crowd ? 1 : 0,
    image_id: image.id,
    bbox: boundingBox(thing.visibleParts).map(round),
    category_id: idOf.get(thing.category),
    id,
  };
}

function withKeypoints(annotation, { keypoints }) {
  const visible = keypoints.filter((value, i) => i % 3 === 2 && value > 0).length;
  return { ...annotation, num_keypoints: visible, keypoints };
}

/**
 * The three files of one split, as objects.
 * @param {{ image: object, scene: object }[]} pictures `image` is the record of the images section
 */
export function annotationFiles(pictures, split, firstId) {
  const info = { description: `DataVis sample, ${split}`, version: '1.0', year: 2026, contributor: 'DataVis' };
  const images = pictures.map(({ image }) => image);
  const instances = [];
  const people = [];
  const captions = [];
  let id = firstId;
  for (const { image, scene } of pictures) {
    const size = [image.width, image.height];
    for (const thing of scene.things) {
      const annotation = instance(thing, image, id++, size);
      instances.push(annotation);
      if (thing.keypoints) people.push(withKeypoints(annotation, thing));
    }
    for (const caption of captionsOf(scene)) captions.push({ image_id: image.id, id: id++, caption });
  }
  const person = { ...categories[0], keypoints: keypointNames, skeleton };
  return {
    [`instances_${split}.json`]: { info, licenses, images, annotations: instances, categories },
    [`person_keypoints_${split}.json`]: { info, licenses, images, annotations: people, categories: [person] },
    [`captions_${split}.json`]: { info, licenses, images, annotations: captions },
  };
}
