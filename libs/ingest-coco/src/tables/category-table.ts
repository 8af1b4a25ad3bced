import { CATEGORY_RULES } from '../findings/rules.js';
import type { Entry } from './entry.js';
import { RecordTable } from './record-table.js';

const { bits } = CATEGORY_RULES;

/** Columns of `categories`. */
export class CategoryTable extends RecordTable {
  readonly name = 'categories';
  readonly rules = CATEGORY_RULES.rules;
  protected readonly common = bits;

  readonly idBit = this.newBit();
  readonly idTextBit = this.newBit();
  readonly nameBit = this.newBit();
  readonly supercategoryBit = this.newBit();
  readonly keypointsBit = this.newBit();
  readonly skeletonBit = this.newBit();

  readonly id = this.fixed('id', 'i64', this.idBit);
  readonly idText = this.bytes('id_text', 'utf8', this.idTextBit);
  readonly categoryName = this.bytes('name', 'utf8', this.nameBit);
  readonly supercategory = this.bytes('supercategory', 'utf8', this.supercategoryBit);
  readonly keypoints = this.bytes('keypoints', 'json', this.keypointsBit);
  readonly skeleton = this.bytes('skeleton', 'json', this.skeletonBit);

  hasId = false;

  protected writeEntry(entry: Entry): boolean {
    switch (entry.key) {
      case 'id':
        this.hasId = true;
        return this.writeId(entry, this.id, this.idBit, this.idText, this.idTextBit);
      case 'name':
        return this.writeText(entry, this.categoryName, this.nameBit);
      case 'supercategory':
        return this.writeText(entry, this.supercategory, this.supercategoryBit);
      case 'keypoints':
        return this.writeJsonArray(entry, this.keypoints, this.keypointsBit);
      case 'skeleton':
        return this.writeJsonArray(entry, this.skeleton, this.skeletonBit);
      default:
        return false;
    }
  }

  endRow(): void {
    if (!this.hasId) this.flags |= bits.idMissing;
    if ((this.builder.present & this.nameBit) === 0) this.flags |= bits.nameMissing;
    this.endExtra();
  }

  protected resetRow(): void {
    this.hasId = false;
  }

  idOfRow(): string | undefined {
    return this.idAsText(this.id, this.idBit, this.idText, this.idTextBit);
  }
}
