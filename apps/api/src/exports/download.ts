import { Readable } from 'node:stream';
import type { ExportFormat, FilePlan, OpenExport } from '@datavis/engine';
import type { NextTurn } from '../http/turns.js';
import { byteStream, zipStream } from '../http/zip-stream.js';

export const DOWNLOAD_TYPES = {
  json: 'application/json',
  zip: 'application/zip',
  parquet: 'application/vnd.apache.parquet',
} as const;
/** Holds what a merged file could not take, as JSON. */
const LEFT_OUT_HEADER = 'x-datavis-left-out';

export interface DownloadRequest {
  readonly format?: ExportFormat;
  /** Parquet: only this table. */
  readonly table?: string;
  readonly merge?: 'renumber' | 'keep';
}

export interface Download {
  readonly stream: Readable;
  readonly type: string;
  readonly extension: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An export as the body of an answer: the file where there is one, else a zip. */
export async function createDownload(
  opened: OpenExport,
  { format = 'coco', table, merge }: DownloadRequest,
  nextTurn: NextTurn,
): Promise<Download> {
  const files = (isWanted?: (key: string) => boolean) => filesOf(opened, nextTurn, isWanted);
  if (table !== undefined) {
    const file = files((key) => key === `${table}.parquet`);
    return { stream: byteStream(bytesOf(file)), type: DOWNLOAD_TYPES.parquet, extension: `${table}.parquet` };
  }
  if (merge !== undefined) return await mergedDownload(opened, files());
  if (format === 'coco' && opened.sources.length === 1) {
    return { stream: byteStream(bytesOf(files())), type: DOWNLOAD_TYPES.json, extension: 'json' };
  }
  return { stream: zipStream(files()), type: DOWNLOAD_TYPES.zip, extension: `${format}.zip` };
}

/** The one file of a merged export. Whether it can be made, and what it cannot hold, is known before its first byte. */
async function mergedDownload({ leftOut }: OpenExport, files: AsyncGenerator<FilePlan, void>): Promise<Download> {
  const first = await files.next();
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      if (first.done !== true) yield* first.value.body();
    } finally {
      await files.return();
    }
  }
  // A header is ASCII.
  const said = JSON.stringify(leftOut).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return {
    stream: byteStream(bytes()),
    type: DOWNLOAD_TYPES.json,
    extension: 'json',
    headers: said === '{}' ? {} : { [LEFT_OUT_HEADER]: said },
  };
}

/** The files of an export, which is closed behind the last one or when the reader leaves. */
async function* filesOf(
  opened: OpenExport,
  nextTurn: NextTurn,
  isWanted: (key: string) => boolean = () => true,
): AsyncGenerator<FilePlan, void> {
  try {
    for await (const { key, body } of opened.files) {
      await nextTurn();
      if (isWanted(key)) yield { key, body: () => inTurn(body(), nextTurn) };
    }
    if (Object.keys(opened.leftOut).length > 0) {
      const text = `${JSON.stringify(opened.leftOut, null, 1)}\n`;
      yield { key: 'left-out.json', body: () => Readable.from([Buffer.from(text)]) };
    }
  } finally {
    await opened.close();
  }
}

async function* inTurn(pieces: AsyncIterable<Uint8Array>, nextTurn: NextTurn): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    yield piece;
    await nextTurn();
  }
}

async function* bytesOf(files: AsyncIterable<FilePlan>): AsyncGenerator<Uint8Array> {
  for await (const { body } of files) yield* body();
}
