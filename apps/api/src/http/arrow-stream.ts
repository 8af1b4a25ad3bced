import type { SqlBatch } from '@datavis/plugin-sdk';
import {
  Bool,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  makeBuilder,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Utf8,
} from 'apache-arrow';
import type { Data, DataType } from 'apache-arrow';

const float64 = new Float64();
const numbers = new List(new Field('item', float64, true));

/** Types by column name: a stream has one schema, also where the first batch has no value in a column. */
const types: Readonly<Record<string, DataType>> = {
  ...each(new Int64(), 'id', 'image_id', 'category_id', 'license', 'byte_offset', 'media_size'),
  ...each(new Int64(), 'image_key', 'annotation_key', 'category_key', 'dataset_key', 'source_key', 'split_key'),
  ...each(new Int32(), 'idx', 'width', 'height', 'num_keypoints', 'stored_width', 'stored_height', 'orientation'),
  ...each(float64, 'bbox_x', 'bbox_y', 'bbox_w', 'bbox_h', 'area', 'score', 'area_derived'),
  ...each(float64, 'bbox_x_derived', 'bbox_y_derived', 'bbox_w_derived', 'bbox_h_derived'),
  iscrowd: new Bool(),
  keypoints: numbers,
  polygons: new List(new Field('item', numbers, true)),
};
const utf8 = new Utf8();

function each(type: DataType, ...names: readonly string[]): Record<string, DataType> {
  return Object.fromEntries(names.map((name) => [name, type]));
}

/** The end-of-stream marker: a continuation and a length of zero. */
const END_BYTES = 8;

/**
 * An Arrow IPC stream of a query, a record batch for each batch of the database. The library's own Node stream is not
 * used: when its source fails it leaves a rejected promise behind, which would end the process.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 */
export async function* arrowStream(batches: AsyncIterable<SqlBatch>): AsyncGenerator<Uint8Array> {
  let schemaBytes: number | undefined;
  let end: Uint8Array | undefined;
  for await (const batch of recordBatches(batches)) {
    // A complete stream of one batch: schema, batch, end. All of them begin with the same schema.
    const bytes = tableToIPC(new Table(batch.schema, [batch]), 'stream');
    schemaBytes ??= tableToIPC(new Table(batch.schema), 'stream').length - END_BYTES;
    yield bytes.subarray(end === undefined ? 0 : schemaBytes, -END_BYTES);
    end = bytes.subarray(-END_BYTES);
  }
  yield end ?? tableToIPC(new Table(new Schema([])), 'stream');
}

async function* recordBatches(batches: AsyncIterable<SqlBatch>): AsyncGenerator<RecordBatch> {
  let schema: Schema | undefined;
  for await (const batch of batches) {
    schema ??= new Schema(batch.names.map((name) => new Field(name, types[name] ?? utf8, true)));
    const { fields } = schema;
    const children = fields.map((field, at) => columnData(field, batch.columns[at] ?? [], batch.length));
    const struct = makeData({ type: new Struct(fields), length: batch.length, nullCount: 0, children });
    yield new RecordBatch(schema, struct);
  }
}

function columnData(field: Field, values: ArrayLike<unknown>, length: number): Data {
  const type = field.type as DataType;
  const builder = makeBuilder<DataType, null | undefined>({ type, nullValues: [null, undefined] });
  for (let row = 0; row < length; row++) builder.append(asType(type, values[row]));
  return builder.finish().flush() as Data;
}

function asType(type: DataType, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (type === utf8) return typeof value === 'string' ? value : JSON.stringify(value, bigintsAsText);
  if (type instanceof Int64) return BigInt(value as bigint | number);
  return value;
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
