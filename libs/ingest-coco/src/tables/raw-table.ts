import { BytesBuilder } from '../columns/builders.js';
import { TableBuilder } from '../columns/table-builder.js';

const JSON_BIT = 1;

/** Elements of the sections that have no table of their own, kept as found. */
export class RawTable {
  readonly builder: TableBuilder;
  readonly #json: BytesBuilder;

  constructor(maxRows: number) {
    this.builder = new TableBuilder(maxRows);
    this.#json = this.builder.add('json', JSON_BIT, new BytesBuilder('json', maxRows));
  }

  add(json: Uint8Array): void {
    this.#json.append(json, 0, json.length);
    this.builder.present = JSON_BIT;
  }
}
