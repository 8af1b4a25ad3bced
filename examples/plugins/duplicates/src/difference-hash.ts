const COLUMNS = 9;
const ROWS = 8;

/** Mean luma of each cell of a 9 × 8 grid; a picture smaller than the grid repeats its pixels. */
function lumaGrid(rgb: Uint8Array, widthPx: number, heightPx: number): Float64Array {
  const grid = new Float64Array(COLUMNS * ROWS);
  for (let row = 0; row < ROWS; row++) {
    const top = Math.floor((row * heightPx) / ROWS);
    const bottom = Math.max(top + 1, Math.floor(((row + 1) * heightPx) / ROWS));
    for (let column = 0; column < COLUMNS; column++) {
      const left = Math.floor((column * widthPx) / COLUMNS);
      const right = Math.max(left + 1, Math.floor(((column + 1) * widthPx) / COLUMNS));
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const at = (y * widthPx + x) * 3;
          sum += 299 * (rgb[at] ?? 0) + 587 * (rgb[at + 1] ?? 0) + 114 * (rgb[at + 2] ?? 0);
        }
      }
      grid[row * COLUMNS + column] = sum / ((bottom - top) * (right - left));
    }
  }
  return grid;
}

/**
 * One bit a pair of neighbouring cells: is the left one brighter. Stays nearly the same when a picture is scaled or
 * compressed again. As a signed 64-bit number, which is what a BIGINT column holds.
 *
 * @see https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
 */
export function differenceHash(rgb: Uint8Array, widthPx: number, heightPx: number): bigint {
  const grid = lumaGrid(rgb, widthPx, heightPx);
  let hash = 0n;
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS - 1; column++) {
      const at = row * COLUMNS + column;
      hash = (hash << 1n) | ((grid[at] ?? 0) > (grid[at + 1] ?? 0) ? 1n : 0n);
    }
  }
  return BigInt.asIntN(64, hash);
}
