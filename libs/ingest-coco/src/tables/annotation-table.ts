import { ANNOTATION_RULES } from '../findings/rules.js';
import type { Entry } from './entry.js';
import { asNumber, isFiniteNumber, isOverflow, RecordTable } from './record-table.js';
import { writeSegmentation } from './segmentation.js';

const { bits } = ANNOTATION_RULES;

/** Columns of `annotations`, and of the predictions of a results file. */
export class AnnotationTable extends RecordTable {
  readonly name = 'annotations';
  readonly rules = ANNOTATION_RULES.rules;
  protected readonly common = bits;

  readonly idBit = this.newBit();
  readonly idTextBit = this.newBit();
  readonly imageIdBit = this.newBit();
  readonly imageIdTextBit = this.newBit();
  readonly categoryIdBit = this.newBit();
  readonly categoryIdTextBit = this.newBit();
  readonly bboxBit = this.newBit();
  readonly areaBit = this.newBit();
  readonly iscrowdBit = this.newBit();
  readonly polygonsBit = this.newBit();
  readonly rleBit = this.newBit();
  readonly keypointsBit = this.newBit();
  readonly numKeypointsBit = this.newBit();
  readonly captionBit = this.newBit();
  readonly scoreBit = this.newBit();
  readonly segmentsInfoBit = this.newBit();

  readonly id = this.fixed('id', 'i64', this.idBit);
  readonly idText = this.bytes('id_text', 'utf8', this.idTextBit);
  readonly imageId = this.fixed('image_id', 'i64', this.imageIdBit);
  readonly imageIdText = this.bytes('image_id_text', 'utf8', this.imageIdTextBit);
  readonly categoryId = this.fixed('category_id', 'i64', this.categoryIdBit);
  readonly categoryIdText = this.bytes('category_id_text', 'utf8', this.categoryIdTextBit);
  readonly bboxX = this.fixed('bbox_x', 'f64', this.bboxBit);
  readonly bboxY = this.fixed('bbox_y', 'f64', this.bboxBit);
  readonly bboxW = this.fixed('bbox_w', 'f64', this.bboxBit);
  readonly bboxH = this.fixed('bbox_h', 'f64', this.bboxBit);
  readonly area = this.fixed('area', 'f64', this.areaBit);
  readonly iscrowd = this.fixed('iscrowd', 'bool', this.iscrowdBit);
  readonly polygons = this.lists('polygons', this.polygonsBit);
  readonly rle = this.bytes('rle', 'json', this.rleBit);
  readonly keypoints = this.list('keypoints', this.keypointsBit);
  readonly numKeypoints = this.fixed('num_keypoints', 'i32', this.numKeypointsBit);
  readonly caption = this.bytes('caption', 'utf8', this.captionBit);
  readonly score = this.fixed('score', 'f64', this.scoreBit);
  readonly segmentsInfo = this.bytes('segments_info', 'json', this.segmentsInfoBit);

  /** Predictions have no ids and no areas. */
  isResults = false;
  /** Keys met in this row, whatever the form of their values. */
  hasId = false;
  hasImage = false;
  hasArea = false;
  hasBbox = false;

  protected writeEntry(entry: Entry, repair: boolean): boolean {
    switch (entry.key) {
      case 'id':
        this.hasId = true;
        return this.writeId(entry, this.id, this.idBit, this.idText, this.idTextBit);
      case 'image_id':
        this.hasImage = true;
        return this.writeId(entry, this.imageId, this.imageIdBit, this.imageIdText, this.imageIdTextBit);
      case 'video_id':
        this.hasImage = true;
        return false;
      case 'category_id':
        return this.writeId(
          entry,
          this.categoryId,
          this.categoryIdBit,
          this.categoryIdText,
          this.categoryIdTextBit,
        );
      case 'bbox':
        this.hasBbox = true;
        return this.#writeBbox(entry, repair);
      case 'area':
        this.hasArea = true;
        return this.writeFloat64(entry, this.area, this.areaBit, bits.areaForm);
      case 'iscrowd':
        return this.#writeCrowd(entry, bits.iscrowdForm);
      case 'is_crowd':
        this.flags |= bits.isCrowdSpelling;
        if (repair) this.#writeCrowd(entry, 0);
        return false;
      case 'segmentation':
        return writeSegmentation(this, entry, repair);
      case 'keypoints':
        return this.#writeKeypoints(entry);
      case 'num_keypoints':
        return this.writeInt32(entry, this.numKeypoints, this.numKeypointsBit, bits.valueForm);
      case 'caption':
        return this.writeText(entry, this.caption, this.captionBit);
      case 'score':
        return this.writeFloat64(entry, this.score, this.scoreBit, bits.valueForm);
      case 'segments_info':
        return this.writeJsonArray(entry, this.segmentsInfo, this.segmentsInfoBit);
      default:
        return false;
    }
  }

  #writeBbox(entry: Entry, repair: boolean): boolean {
    const { value } = entry;
    const numbers = Array.isArray(value) && value.length === 4 ? value.map(asNumber) : [];
    const [x, y, w, h] = numbers;
    if (x === undefined || y === undefined || w === undefined || h === undefined) {
      if (Array.isArray(value) && value.some(isOverflow)) this.flags |= bits.outOfRange;
      else if (!entry.nonFinite) this.flags |= bits.bboxForm;
      return false;
    }
    this.writeBox([x, y, w, h]);
    const canonical = Array.isArray(value) && value.every(isFiniteNumber);
    if (!canonical) this.flags |= bits.bboxForm;
    if (!repair || (w >= 0 && h >= 0)) return canonical;
    this.writeBox([Math.min(x, x + w), Math.min(y, y + h), Math.abs(w), Math.abs(h)]);
    return false;
  }

  /** A box of four numbers. */
  writeBox(numbers: ArrayLike<number>): void {
    const { rows } = this.builder;
    this.bboxX.values[rows] = numbers[0]!;
    this.bboxY.values[rows] = numbers[1]!;
    this.bboxW.values[rows] = numbers[2]!;
    this.bboxH.values[rows] = numbers[3]!;
    this.builder.present |= this.bboxBit;
    if (numbers[2]! < 0 || numbers[3]! < 0) this.flags |= bits.bboxNegative;
  }

  /** Closes a list of keypoints of `count` numbers. */
  closeKeypoints(count: number): void {
    this.builder.present |= this.keypointsBit;
    if (count % 3 !== 0) this.flags |= bits.keypointsTriples;
  }

  #writeCrowd(entry: Entry, badForm: number): boolean {
    const number = typeof entry.value === 'boolean' ? Number(entry.value) : asNumber(entry.value);
    if (number === 0 || number === 1) {
      this.iscrowd.values[this.builder.rows] = number;
      this.builder.present |= this.iscrowdBit;
      if (entry.text === '0' || entry.text === '1') return true;
    }
    if (!entry.nonFinite) this.flags |= badForm;
    return false;
  }

  #writeKeypoints(entry: Entry): boolean {
    if (!Array.isArray(entry.value) || !entry.value.every(isFiniteNumber)) {
      if (Array.isArray(entry.value) && entry.value.some(isOverflow)) this.flags |= bits.outOfRange;
      else if (!entry.nonFinite) this.flags |= bits.keypointsForm;
      return false;
    }
    for (const number of entry.value) this.keypoints.push(number);
    this.closeKeypoints(entry.value.length);
    return true;
  }

  endRow(): void {
    const { present, rows } = this.builder;
    let { flags } = this;
    if (!this.hasImage) flags |= bits.imageMissing;
    const hasShape = (present & (this.polygonsBit | this.rleBit)) !== 0;
    if (!this.isResults) {
      if (!this.hasId && (present & this.segmentsInfoBit) === 0) flags |= bits.idMissing;
      if (!this.hasArea && (hasShape || this.hasBbox)) flags |= bits.areaMissing;
      if (!this.hasBbox && hasShape) flags |= bits.bboxMissing;
    }
    if ((present & this.bboxBit) !== 0) {
      if (this.bboxW.values[rows] === 0 || this.bboxH.values[rows] === 0) flags |= bits.bboxZero;
      if (this.bboxX.values[rows]! < 0 || this.bboxY.values[rows]! < 0) flags |= bits.bboxOutside;
    }
    if (hasShape && (present & this.iscrowdBit) !== 0) {
      const crowd = this.iscrowd.values[rows] === 1;
      if (!crowd && (present & this.rleBit) !== 0) flags |= bits.rleWithoutCrowd;
      if (crowd && (present & this.polygonsBit) !== 0) flags |= bits.crowdWithPolygon;
    }
    this.flags = flags;
    this.endExtra();
  }

  protected resetRow(): void {
    this.hasId = false;
    this.hasImage = false;
    this.hasArea = false;
    this.hasBbox = false;
  }

  idOfRow(): string | undefined {
    return this.idAsText(this.id, this.idBit, this.idText, this.idTextBit);
  }
}
