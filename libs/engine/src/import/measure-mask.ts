import { fromCoco, rleArea, rleBbox, type CocoRle } from '@datavis/ingest-coco/rle';
import { isDataVisError } from '@datavis/plugin-sdk';
import type { MaskMeasures } from '@datavis/storage';

/** Pixels and box of a run-length mask, as pycocotools has them; undefined where its runs do not fill its size. */
export function measureMask(rle: string): MaskMeasures | undefined {
  try {
    const { size, counts } = JSON.parse(rle) as Partial<CocoRle>;
    if (!Array.isArray(size) || !(typeof counts === 'string' || Array.isArray(counts))) return undefined;
    const mask = fromCoco({ size, counts });
    return { area: rleArea(mask), bbox: rleBbox(mask) };
  } catch (error) {
    if (isDataVisError(error, 'DATAVIS_INGEST_RLE')) return undefined;
    throw error;
  }
}
