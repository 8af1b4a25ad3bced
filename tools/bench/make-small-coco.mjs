// A folder of COCO files of one image each, as tools for labelling write them: info, a licence, ten categories and one to
// eight boxes with polygons in every file. The same files for the same number.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Numbers below `below`: a linear congruential generator, its upper bits. */
function dice(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function annotation(roll, id) {
  const [x, y, width, height] = [roll(500), roll(300), 1 + roll(100), 1 + roll(100)];
  const corners = [x, y, x + width, y, x + width, y + height, x, y + height];
  return {
    id,
    image_id: 1,
    category_id: 1 + roll(10),
    bbox: [x, y, width, height],
    area: width * height,
    iscrowd: 0,
    segmentation: [corners],
  };
}

/** Writes the files into a folder. */
export function makeSmallCoco(folder, files) {
  mkdirSync(folder, { recursive: true });
  const roll = dice(7);
  const categories = Array.from({ length: 10 }, (_, at) => ({ id: at + 1, name: `c${at}`, supercategory: 's' }));
  for (let at = 0; at < files; at++) {
    const name = String(at).padStart(6, '0');
    const annotations = Array.from({ length: 1 + roll(8) }, (_, nth) => annotation(roll, nth + 1));
    const image = { id: 1, file_name: `${name}.jpg`, width: 640, height: 480, license: 1 };
    const licenses = [{ id: 1, name: 'cc', url: '' }];
    const coco = { info: { year: 2026 }, licenses, images: [image], categories, annotations };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(coco));
  }
}
