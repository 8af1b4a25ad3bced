/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is masked or bounded by its table, and a check
   a coefficient costs a tenth of the decoder's time */
import type { BitSource } from './bit-source.js';
import type { JpegComponent } from './frame.js';
import type { HuffmanTable } from './huffman.js';
import { JpegError } from './jpeg-error.js';

/**
 * Reads one block of a sequential scan into `block` (65 places, the needed ones zero before), as `places` says.
 * This is where a JPEG spends its time, so the state of the bit source is held in local variables.
 *
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf annex F.2.2
 */
export function readBaselineBlock(
  source: BitSource,
  component: JpegComponent,
  dc: HuffmanTable,
  ac: HuffmanTable,
  places: Uint8Array,
  block: Int16Array,
): void {
  const size = source.symbol(dc);
  if (size > 15) throw new JpegError('corrupt', 'a difference of more than 15 bits');
  component.prediction += source.extend(size);
  block[0] = component.prediction;

  const { bytes } = source;
  const { lookup, fastAc } = ac;
  let { at, buffer, count } = source;
  for (let k = 1; k < 64;) {
    while (count <= 24) {
      buffer = (buffer << 8) | bytes[at++]!;
      count += 8;
    }
    const next = (buffer >>> (count - 9)) & 511;
    const fast = fastAc[next]!;
    if (fast !== 0) {
      k += (fast >> 4) & 15;
      count -= fast & 15;
      block[places[k++]!] = fast >> 8;
      continue;
    }
    let symbol = lookup[next]!;
    if (symbol !== 0) {
      count -= symbol >> 8;
      symbol &= 255;
    } else {
      source.buffer = buffer;
      source.count = count;
      symbol = source.longSymbol(ac);
      count = source.count;
    }
    const bits = symbol & 15;
    if (bits === 0) {
      if (symbol !== 0xf0) break;
      k += 16;
      continue;
    }
    k += symbol >> 4;
    while (count < bits) {
      buffer = (buffer << 8) | bytes[at++]!;
      count += 8;
    }
    count -= bits;
    const raw = (buffer >>> count) & ((1 << bits) - 1);
    block[places[k++]!] = raw < 1 << (bits - 1) ? raw - (1 << bits) + 1 : raw;
  }
  source.at = at;
  source.buffer = buffer;
  source.count = count;
}
