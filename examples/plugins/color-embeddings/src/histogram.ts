/** Bins a channel; the embedding has BINS³ numbers. */
const BINS = 4;
export const EMBEDDING_WIDTH = BINS ** 3;

/**
 * Colour histogram as a vector of length 1. Square roots of the shares, so that the dot product of two is their
 * Bhattacharyya coefficient: 1 for the same colours, 0 for none in common.
 */
export function colorHistogram(rgb: Uint8Array): Float32Array {
  const counts = new Float32Array(EMBEDDING_WIDTH);
  const bin = (value: number | undefined): number => Math.floor(((value ?? 0) * BINS) / 256);
  for (let at = 0; at + 2 < rgb.length; at += 3) {
    const index = (bin(rgb[at]) * BINS + bin(rgb[at + 1])) * BINS + bin(rgb[at + 2]);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const pixels = Math.max(1, Math.floor(rgb.length / 3));
  return counts.map((count) => Math.sqrt(count / pixels));
}
