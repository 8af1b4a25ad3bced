/** Place in a block (row x 8 + column) of the coefficients as they are stored. */
export const ZIGZAG = Uint8Array.from([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
  28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61,
  54, 47, 55, 62, 63,
]);

/** The symbol for sixteen zeros. */
export const ZERO_RUN = 0xf0;

/** Pixels a side that a block of 8 is decoded to. */
export type BlockSide = 1 | 2 | 4 | 8;

/** Index behind the 64 places, where coefficients go that nobody needs: those beyond the side, or of a corrupt run. */
export const TRASH = 64;

/** Where each stored coefficient goes when only `side` x `side` of them are needed. Runs may lead 16 beyond the end. */
export function placesFor(side: BlockSide): Uint8Array {
  const places = new Uint8Array(64 + 16).fill(TRASH);
  ZIGZAG.forEach((place, k) => {
    if ((place & 7) < side && place >> 3 < side) places[k] = place;
  });
  return places;
}
