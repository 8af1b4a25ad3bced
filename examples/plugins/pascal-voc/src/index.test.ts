import { deepStrictEqual, match } from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conformance, importerConformance } from '@datavis/plugin-testing';
import { pascalVoc } from './index.js';
import { parseVoc } from './voc-file.js';

const CAT = `<annotation><folder>VOC</folder><filename>a.jpg</filename>
  <size><width>100</width><height>50</height><depth>3</depth></size><segmented>0</segmented>
  <object><name>cat</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>
    <bndbox><xmin>1</xmin><ymin>11</ymin><xmax>10</xmax><ymax>20</ymax></bndbox></object>
  <object><name>Hund &amp; Katze</name><bndbox><xmin>2.5</xmin><ymin>2</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>3</xmax><ymax>3</ymax></bndbox></part></object>
</annotation>`;

it('keeps what an object says, and tells why a file is none', () => {
  const file = parseVoc(CAT);
  deepStrictEqual(typeof file === 'string' ? file : file.objects[1], {
    name: 'Hund & Katze',
    box: [2.5, 2, 5, 5],
    parts: [{ name: 'head', box: [2, 2, 3, 3] }],
  });
  match(String(parseVoc('<annotation><object>')), /unclosed/);
  match(String(parseVoc('<svg/>')), /no <annotation>/);
});

importerConformance(
  pascalVoc,
  {
    format: 'voc',
    samples: [
      {
        name: 'two files, one of them broken',
        files: { 'Annotations/a.xml': CAT, 'Annotations/b.xml': '<annotation><obj', 'JPEGImages/a.jpg': 'x' },
        expect: {
          images: [{ id: 1, file_name: 'JPEGImages/a.jpg', width: 100, height: 50 }],
          annotations: [
            { bbox_x: 0, bbox_y: 10, bbox_w: 10, bbox_h: 10, area: 100 },
            { bbox_x: 1.5, bbox_y: 1, bbox_w: 3.5, bbox_h: 4 },
          ],
          categories: [{ name: 'cat' }, { name: 'Hund & Katze' }],
        },
        refused: 1,
      },
      {
        name: 'boxes that count from 0',
        files: { 'Annotations/a.xml': CAT },
        options: { zeroBased: true },
        expect: {
          annotations: [
            { bbox_x: 1, bbox_w: 9 },
            { bbox_x: 2.5, bbox_w: 2.5 },
          ],
        },
      },
    ],
    foreign: [
      { 'data.yaml': 'names: [a]', 'labels/a.txt': '0 0.5 0.5 1 1' },
      { 'Annotations/a.xml': '<svg></svg>' },
    ],
  },
  { describe, it },
);

conformance(pascalVoc, { packageFolder: fileURLToPath(new URL('..', import.meta.url)) }, { describe, it });
