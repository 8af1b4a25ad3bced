import { ANNOTATION_RULES } from '../findings/rules.js';
import type { AnnotationTable } from './annotation-table.js';
import type { Entry } from './entry.js';
import { isFiniteNumber, isOverflow } from './record-table.js';

const { bits } = ANNOTATION_RULES;

/** Decided by the shape of the value, never by `iscrowd`. Returns whether a column holds the value as it is. */
export function writeSegmentation(table: AnnotationTable, entry: Entry, repair: boolean): boolean {
  const { value } = entry;
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every(isFiniteNumber)) {
      table.flags |= bits.polygonFlat;
      writePolygons(table, [value], repair);
      return false;
    }
    if (value.every((part) => Array.isArray(part) && part.every(isFiniteNumber))) {
      return writePolygons(table, value, repair);
    }
    if (value.flat().some(isOverflow)) table.flags |= bits.outOfRange;
    else if (!entry.nonFinite) table.flags |= bits.segmentationForm;
    return false;
  }
  if (isRle(value) && !entry.nonFinite) {
    table.rle.append(entry.raw, 0, entry.raw.length);
    table.builder.present |= table.rleBit;
    return true;
  }
  if (!entry.nonFinite) table.flags |= bits.segmentationForm;
  return false;
}

function writePolygons(table: AnnotationTable, parts: readonly (readonly number[])[], repair: boolean): boolean {
  const { polygons } = table;
  let asFound = true;
  if (parts.length === 0) table.flags |= bits.segmentationEmpty;
  for (const part of parts) {
    table.flags |= polygonFlags(part.length);
    const count = repair ? repairedLength(part.length) : part.length;
    if (count !== part.length) asFound = false;
    if (count === 0 && part.length > 0) continue;
    if (repair && part.length === 0) {
      asFound = false;
      continue;
    }
    for (let i = 0; i < count; i++) polygons.push(part[i]!);
    polygons.endPart();
  }
  table.builder.present |= table.polygonsBit;
  return asFound;
}

/** Findings about a polygon of `count` coordinates. */
export function polygonFlags(count: number): number {
  if (count === 0) return bits.polygonEmpty;
  return (count % 2 === 0 ? 0 : bits.polygonOdd) | (count < 6 ? bits.polygonShort : 0);
}

/** A polygon of less than three points is dropped, an odd coordinate at its end too. */
function repairedLength(count: number): number {
  const even = count - (count % 2);
  return even < 6 ? 0 : even;
}

function isRle(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { counts, size } = value as { counts?: unknown; size?: unknown };
  return (typeof counts === 'string' || Array.isArray(counts)) && Array.isArray(size);
}
