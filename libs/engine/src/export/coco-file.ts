import type { CallOptions, SectionSummary, SqlConnection, SqlValue } from '@datavis/plugin-sdk';
import { ByteText } from './byte-text.js';
import { finishRecord, POLYGONS, RECORD_SQL } from './record-sql.js';

/** Records sorted at a time: one row group of DuckDB. */
export const WINDOW_ROWS = 122_880;
/** Text gathered before it is handed on, in UTF-16 units. */
const CHUNK_LENGTH = 1 << 18;

/** An annotation file, as its source was. */
export interface CocoFileRequest extends CallOptions {
  readonly sourceKey: bigint;
  /** Order and form of its top-level keys. */
  readonly sections: readonly SectionSummary[];
  /** Conditions on the rows of `images` and `annotations`, to export a part: SQL over a table of that name. */
  readonly only?: { readonly images: string; readonly annotations: string } | undefined;
}

/**
 * The bytes of a COCO file that is deep-equal to what was imported: sections in their order and form, records in theirs,
 * ids and unknown keys exact. Memory holds one window of records, whatever the file's size.
 */
export function cocoFile(connection: SqlConnection, request: CocoFileRequest): AsyncGenerator<Uint8Array> {
  return encodePieces(pieces(connection, request));
}

/** The text of a file as bytes, in chunks of even size. Pieces of bytes are chunks already. */
export async function* encodePieces(pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = '';
  for await (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    if (text !== '' && (typeof piece !== 'string' || text.length >= CHUNK_LENGTH)) {
      yield encoder.encode(text);
      text = '';
    }
    if (typeof piece !== 'string') yield piece;
  }
  yield encoder.encode(`${text}\n`);
}

async function* pieces(connection: SqlConnection, request: CocoFileRequest): AsyncGenerator<string | Uint8Array> {
  const { sections } = request;
  const rootList = sections.find(({ name }) => name === '');
  if (rootList !== undefined) {
    yield* section(connection, rootList, request);
    return;
  }
  yield '{';
  for (const [at, summary] of sections.entries()) {
    yield `${at === 0 ? '' : ',\n'}${JSON.stringify(summary.name)}: `;
    if (summary.form === 'value') yield summary.json ?? 'null';
    else yield* section(connection, summary, request);
  }
  yield '}';
}

async function* section(
  connection: SqlConnection,
  { name, form, read }: SectionSummary,
  { sourceKey, only, signal }: CocoFileRequest,
): AsyncGenerator<string | Uint8Array> {
  const table = tableOf(name);
  const condition = table === 'images' ? only?.images : table === 'annotations' ? only?.annotations : undefined;
  const sql = `${RECORD_SQL[table]}${condition === undefined ? '' : ` AND ${condition}`} ORDER BY idx`;
  yield form === 'array' ? '[' : '{';
  const bytes = new ByteText();
  let first = true;
  for (let from = 0; from < read; from += WINDOW_ROWS) {
    const params: SqlValue[] = [sourceKey, from, from + WINDOW_ROWS];
    for await (const { columns, length } of connection.batches(
      sql,
      table === 'records' ? [...params, name] : params,
      { signal, typedLists: true },
    )) {
      const [keys, records, polygons] = columns as RecordColumns;
      for (let row = 0; row < length; row += 1) {
        const key = form === 'array' ? '' : `${JSON.stringify(keys[row])}: `;
        bytes.text(`${first ? '\n' : ',\n'}${key}`);
        writeRecord(bytes, finishRecord(records[row] ?? 'null'), polygons?.[row] ?? null);
        first = false;
      }
      yield bytes.take();
    }
  }
  yield form === 'array' ? ']' : '}';
}

type Polygons = ArrayLike<ArrayLike<number>>;
type RecordColumns = readonly [
  keys: ArrayLike<string>,
  records: ArrayLike<string>,
  polygons?: ArrayLike<Polygons | null>,
];

function writeRecord(bytes: ByteText, json: string, polygons: Polygons | null): void {
  const at = polygons === null ? -1 : json.indexOf(POLYGONS);
  if (at === -1 || polygons === null) {
    bytes.text(json);
    return;
  }
  bytes.text(json.slice(0, at));
  bytes.lists(polygons);
  bytes.text(json.slice(at + 1));
}

function tableOf(section: string): keyof typeof RECORD_SQL {
  if (section === '') return 'annotations';
  return section === 'images' || section === 'annotations' || section === 'categories' ? section : 'records';
}
