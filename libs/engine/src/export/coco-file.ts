import { DataVisError } from '@datavis/plugin-sdk';
import type { CallOptions, SectionSummary, SqlBatch, SqlConnection, SqlValue } from '@datavis/plugin-sdk';
import { ByteText } from './byte-text.js';
import { finishRecord, POLYGONS, RECORD_SQL } from './record-sql.js';

/** Records sorted at a time: one row group of DuckDB. */
export const WINDOW_ROWS = 122_880;
/** Text gathered before it is handed on, in UTF-16 units. */
export const CHUNK_LENGTH = 1 << 18;
/** Bytes gathered likewise: a millisecond of work. */
const PIECE_BYTES = 1 << 17;

/** An annotation file, as its source was. */
export interface CocoFileRequest extends CallOptions {
  readonly sourceKey: bigint;
  /** Order and form of its top-level keys. */
  readonly sections: readonly SectionSummary[];
  /** Conditions on the rows of `images` and `annotations`, to export a part: SQL over a table of that name. */
  readonly only?: { readonly images: string; readonly annotations: string } | undefined;
  /** Called with the number of records of each batch. */
  readonly onRecords?: ((count: number) => void) | undefined;
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
  const [first] = sections;
  // A list of predictions. A dataset may have a section named '' too, but never that alone.
  if (first?.name === '' && sections.length === 1) {
    yield* section(connection, first, request, 'annotations');
    return;
  }
  yield '{';
  for (const [at, summary] of sections.entries()) {
    yield `${at === 0 ? '' : ',\n'}${JSON.stringify(summary.name)}: `;
    if (summary.form === 'value') yield summary.json ?? 'null';
    else {
      const place = await placeAmongTwins(connection, sections, at, request);
      yield* section(connection, summary, request, tableOf(summary.name), place);
    }
  }
  yield '}';
}

async function* section(
  connection: SqlConnection,
  summary: SectionSummary,
  request: CocoFileRequest,
  table: Table,
  place?: string,
): AsyncGenerator<string | Uint8Array> {
  const { form } = summary;
  yield form === 'array' ? '[' : '{';
  const bytes = new ByteText();
  let first = true;
  for await (const { columns, length } of records(connection, summary, request, table, place)) {
    const [keys, texts, polygons] = columns as RecordColumns;
    for (let row = 0; row < length; row += 1) {
      const key = form === 'array' ? '' : `${JSON.stringify(keys[row])}: `;
      bytes.text(`${first ? '\n' : ',\n'}${key}`);
      writeRecord(bytes, finishRecord(texts[row] ?? 'null'), polygons?.[row] ?? null);
      first = false;
      // In small parts: who sends them has other things to do in between.
      if (bytes.length >= PIECE_BYTES) yield bytes.take();
    }
    if (bytes.length > 0) yield bytes.take();
    request.onRecords?.(length);
  }
  yield form === 'array' ? ']' : '}';
}

/** A condition for the records of one of several sections of a name: each counts its own from 0. Mostly there is one. */
async function placeAmongTwins(
  connection: SqlConnection,
  sections: readonly SectionSummary[],
  at: number,
  { sourceKey, signal }: CocoFileRequest,
): Promise<string | undefined> {
  const isTwin = ({ name, form }: SectionSummary): boolean => name === sections[at]?.name && form !== 'value';
  if (sections.filter(isTwin).length < 2) return undefined;
  const before = sections.slice(0, at).filter(isTwin);
  const [name = '', imported = 0] = [sections[at]?.name, sections[at]?.imported];
  const table = tableOf(name);
  const list = table === 'images' || table === 'categories' ? `source_${table}` : table;
  const [range] = await connection.all<{ first: bigint | null; last: bigint | null }>(
    `SELECT min(byte_offset) AS first, max(byte_offset) AS last FROM (SELECT byte_offset FROM ${list}
     WHERE source_key = $1 AND ${table === 'records' ? 'section' : '$4::VARCHAR'} = $4
     ORDER BY byte_offset LIMIT $2 OFFSET $3)`,
    [sourceKey, imported, before.reduce((sum, twin) => sum + twin.imported, 0), name],
    { signal },
  );
  return range?.first == null ? 'false' : `byte_offset BETWEEN ${range.first} AND ${range.last}`;
}

type Polygons = ArrayLike<ArrayLike<number>>;
type RecordColumns = readonly [
  keys: ArrayLike<string>,
  texts: ArrayLike<string>,
  polygons?: ArrayLike<Polygons | null>,
  idx?: ArrayLike<number>,
];

/** The records of a section in their order, sorted in windows. Annotations mostly lie in it and need no sorting. */
async function* records(
  connection: SqlConnection,
  { name, read }: SectionSummary,
  { sourceKey, only, signal }: CocoFileRequest,
  table: Table,
  place: string | undefined,
): AsyncGenerator<SqlBatch> {
  const chosen = table === 'images' ? only?.images : table === 'annotations' ? only?.annotations : undefined;
  const condition = [chosen, place].filter((one) => one !== undefined).join(' AND ');
  const options = { signal, typedLists: true };
  if (table === 'annotations' && condition === '' && (await liesInOrder(connection, sourceKey, { signal }))) {
    yield* ascending(connection.batches(RECORD_SQL[table], [sourceKey, 0, read], options));
    return;
  }
  const sql = `${RECORD_SQL[table]}${condition === '' ? '' : ` AND ${condition}`} ORDER BY idx`;
  for (let from = 0; from < read; from += WINDOW_ROWS) {
    const params: SqlValue[] = [sourceKey, from, from + WINDOW_ROWS];
    yield* connection.batches(sql, table === 'records' ? [...params, name] : params, options);
  }
}

/**
 * Whether the rows of a source lie in the order of its file: so they are stored, until `optimise` sorts them. A scan
 * without ORDER BY then gives them in it, see "Order Preservation", https://duckdb.org/docs/stable/sql/dialect/order_preservation
 */
async function liesInOrder(connection: SqlConnection, sourceKey: bigint, call: CallOptions): Promise<boolean> {
  const [row] = await connection.all<{ broken: bigint }>(
    `SELECT count(*) AS broken FROM (SELECT idx, lag(idx) OVER (ORDER BY rowid) AS before FROM annotations
     WHERE source_key = ?) WHERE before >= idx`,
    [sourceKey],
    call,
  );
  return row?.broken === 0n;
}

/** Passes batches on, and is certain of their order. */
async function* ascending(batches: AsyncIterable<SqlBatch>): AsyncGenerator<SqlBatch> {
  let last = -1;
  for await (const batch of batches) {
    const [, , , idx = []] = batch.columns as RecordColumns;
    for (let row = 0; row < batch.length; row++) {
      const next = idx[row] ?? -1;
      if (next <= last) throw orderError();
      last = next;
    }
    yield batch;
  }
}

function orderError(): DataVisError {
  return new DataVisError(
    'DATAVIS_ENGINE_EXPORT_ORDER',
    'The database gave records in another order than they lie',
    {
      hint: 'This is a defect of DataVis: please report it. An export after datavis optimise sorts them.',
    },
  );
}

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

type Table = keyof typeof RECORD_SQL;

function tableOf(section: string): Table {
  return section === 'images' || section === 'annotations' || section === 'categories' ? section : 'records';
}
