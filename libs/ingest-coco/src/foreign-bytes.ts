import { IngestError } from './errors.js';

/** Bytes at a file's start by which {@link foreignError} knows it. */
const HEAD_BYTES = 4;

/** What is often handed to a JSON reader by mistake, by its first bytes, and what to do about it. */
const kinds: readonly { readonly name: string; readonly head: readonly number[]; readonly hint: string }[] = [
  { name: 'compressed by gzip', head: [0x1f, 0x8b], hint: 'Decompress it: gunzip -k FILE' },
  { name: 'compressed by zstd', head: [0x28, 0xb5, 0x2f, 0xfd], hint: 'Decompress it: unzstd FILE' },
  { name: 'a zip archive', head: [0x50, 0x4b, 0x03, 0x04], hint: 'Unpack it, or read the entry inside of it.' },
  { name: 'UTF-16', head: [0xff, 0xfe], hint: 'Convert it: iconv -f UTF-16 -t UTF-8 FILE' },
  { name: 'UTF-16', head: [0xfe, 0xff], hint: 'Convert it: iconv -f UTF-16 -t UTF-8 FILE' },
  { name: 'a Parquet file', head: [0x50, 0x41, 0x52, 0x31], hint: 'Name the COCO JSON file it was made from.' },
  { name: 'a PNG picture', head: [0x89, 0x50, 0x4e, 0x47], hint: 'Name the annotation file.' },
  { name: 'a JPEG picture', head: [0xff, 0xd8, 0xff], hint: 'Name the annotation file.' },
];

/** An error that names the format, where the first bytes are those of a known one that is no UTF-8 text. */
function foreignError(head: Uint8Array): IngestError | undefined {
  const kind = kinds.find((candidate) => candidate.head.every((byte, at) => head[at] === byte));
  if (kind === undefined) return undefined;
  const { name, hint } = kind;
  return new IngestError('DATAVIS_INGEST_ENCODING', `not UTF-8 text: the file is ${name}`, {
    place: { byteOffset: 0 },
    hint,
  });
}

/**
 * The same bytes, after a look at the first ones, so that a compressed file is refused by its name and not as broken
 * JSON. The chunks stay as they are, but for chunks smaller than the look.
 *
 * @throws `DATAVIS_INGEST_ENCODING`
 */
export async function* refuseForeign(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of source) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    const start: Uint8Array = head.length === 0 ? chunk : joined(head, chunk);
    if (start.length < HEAD_BYTES) {
      head = start;
      continue;
    }
    const error = foreignError(start);
    if (error !== undefined) throw error;
    head = undefined;
    yield start;
  }
  if (head !== undefined) yield head;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
