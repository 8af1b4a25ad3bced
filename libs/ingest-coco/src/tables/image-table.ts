import { IMAGE_RULES } from '../findings/rules.js';
import type { Entry } from './entry.js';
import { RecordTable } from './record-table.js';

const { bits } = IMAGE_RULES;

/** Columns of `images`. */
export class ImageTable extends RecordTable {
  readonly name = 'images';
  readonly rules = IMAGE_RULES.rules;
  protected readonly common = bits;

  readonly idBit = this.newBit();
  readonly idTextBit = this.newBit();
  readonly fileNameBit = this.newBit();
  readonly widthBit = this.newBit();
  readonly heightBit = this.newBit();
  readonly licenseBit = this.newBit();
  readonly cocoUrlBit = this.newBit();
  readonly flickrUrlBit = this.newBit();
  readonly dateCapturedBit = this.newBit();

  readonly id = this.fixed('id', 'i64', this.idBit);
  readonly idText = this.bytes('id_text', 'utf8', this.idTextBit);
  readonly fileName = this.bytes('file_name', 'utf8', this.fileNameBit);
  readonly width = this.fixed('width', 'i32', this.widthBit);
  readonly height = this.fixed('height', 'i32', this.heightBit);
  readonly license = this.fixed('license', 'i64', this.licenseBit);
  readonly cocoUrl = this.bytes('coco_url', 'utf8', this.cocoUrlBit);
  readonly flickrUrl = this.bytes('flickr_url', 'utf8', this.flickrUrlBit);
  readonly dateCaptured = this.bytes('date_captured', 'utf8', this.dateCapturedBit);

  /** Keys met in this row that no column shows: an id of any form, annotations nested in the image. */
  hasId = false;
  hasNested = false;

  protected writeEntry(entry: Entry): boolean {
    switch (entry.key) {
      case 'id':
        this.hasId = true;
        return this.writeId(entry, this.id, this.idBit, this.idText, this.idTextBit);
      case 'file_name':
        return this.writeText(entry, this.fileName, this.fileNameBit);
      case 'width':
        return this.writeInt32(entry, this.width, this.widthBit, bits.sizeForm);
      case 'height':
        return this.writeInt32(entry, this.height, this.heightBit, bits.sizeForm);
      case 'license':
        return this.writeId(entry, this.license, this.licenseBit);
      case 'coco_url':
        return this.writeText(entry, this.cocoUrl, this.cocoUrlBit);
      case 'flickr_url':
        return this.writeText(entry, this.flickrUrl, this.flickrUrlBit);
      case 'date_captured':
        return this.writeText(entry, this.dateCaptured, this.dateCapturedBit);
      case 'annotations':
        this.hasNested =
          Array.isArray(entry.value) && typeof entry.value[0] === 'object' && entry.value[0] !== null;
        return false;
      default:
        return false;
    }
  }

  endRow(): void {
    const { present, rows } = this.builder;
    let { flags } = this;
    if (!this.hasId) flags |= bits.idMissing;
    if (this.hasNested) flags |= bits.nestedAnnotations;
    if ((present & this.fileNameBit) === 0) flags |= bits.fileNameMissing;
    const size = present & (this.widthBit | this.heightBit);
    if (size !== (this.widthBit | this.heightBit)) flags |= bits.sizeMissing;
    if (size & this.widthBit && this.width.values[rows]! <= 0) flags |= bits.sizeForm;
    if (size & this.heightBit && this.height.values[rows]! <= 0) flags |= bits.sizeForm;
    this.flags = flags;
    this.endExtra();
  }

  protected resetRow(): void {
    this.hasId = false;
    this.hasNested = false;
  }

  idOfRow(): string | undefined {
    return this.idAsText(this.id, this.idBit, this.idText, this.idTextBit);
  }
}
