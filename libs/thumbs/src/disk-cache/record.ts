import { crc32 } from 'node:zlib';
import type { Thumbnail } from '@datavis/plugin-sdk';
import { KEY_BYTES } from '../key.js';

/**
 * A thumbnail as it lies in the data file: checksum of all that follows (4 bytes), magic (4), key (16), length of the
 * picture (4), width (2), height (2), type (1), unused (3), picture. A reader trusts nothing else: whatever a crash or
 * another process left in these blocks, either the whole record is the one of this key or it is a miss.
 */
export const RECORD_HEADER_BYTES = 36;
const MAGIC = 0x31545644;

const contentTypes = ['image/webp', 'image/jpeg', 'image/png', 'image/avif'];

/** The record, or `undefined` for a type that is none of ours. */
export function encodeRecord(key: string, thumbnail: Thumbnail): Buffer | undefined {
  const type = contentTypes.indexOf(thumbnail.contentType);
  if (type < 0) return undefined;
  const record = Buffer.allocUnsafe(RECORD_HEADER_BYTES + thumbnail.bytes.length);
  record.writeUInt32LE(MAGIC, 4);
  record.write(key, 8, KEY_BYTES, 'hex');
  record.writeUInt32LE(thumbnail.bytes.length, 24);
  record.writeUInt16LE(thumbnail.widthPx, 28);
  record.writeUInt16LE(thumbnail.heightPx, 30);
  record.writeUInt32LE(type, 32);
  record.set(thumbnail.bytes, RECORD_HEADER_BYTES);
  record.writeUInt32LE(crc32(record.subarray(4)), 0);
  return record;
}

/** The thumbnail, or `undefined` where the bytes are not the whole record of this key. */
export function decodeRecord(key: string, record: Buffer): Thumbnail | undefined {
  if (record.length < RECORD_HEADER_BYTES || record.readUInt32LE(4) !== MAGIC) return undefined;
  if (record.readUInt32LE(24) !== record.length - RECORD_HEADER_BYTES) return undefined;
  if (record.toString('hex', 8, 8 + KEY_BYTES) !== key) return undefined;
  if (record.readUInt32LE(0) !== crc32(record.subarray(4))) return undefined;
  const contentType = contentTypes[record.readUInt32LE(32)];
  if (contentType === undefined) return undefined;
  return {
    bytes: record.subarray(RECORD_HEADER_BYTES),
    contentType,
    widthPx: record.readUInt16LE(28),
    heightPx: record.readUInt16LE(30),
  };
}
