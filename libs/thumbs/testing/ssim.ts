/**
 * Mean structural similarity of two RGB pictures by their luma, over windows of 8 x 8 pixels, every 4 pixels.
 *
 * @see https://doi.org/10.1109/TIP.2003.819861
 */
export function ssim(a: Uint8Array, b: Uint8Array, width: number, height: number): number {
  const [lumaA, lumaB] = [luma(a), luma(b)];
  let sum = 0;
  let windows = 0;
  for (let y = 0; y + 8 <= height; y += 4) {
    for (let x = 0; x + 8 <= width; x += 4, windows++) sum += windowSsim(lumaA, lumaB, width, x, y);
  }
  return sum / windows;
}

function luma(rgb: Uint8Array): Float64Array {
  return Float64Array.from({ length: rgb.length / 3 }, (_, i) => {
    return 0.299 * (rgb[i * 3] ?? 0) + 0.587 * (rgb[i * 3 + 1] ?? 0) + 0.114 * (rgb[i * 3 + 2] ?? 0);
  });
}

function windowSsim(a: Float64Array, b: Float64Array, width: number, left: number, top: number): number {
  let [sumA, sumB, squareA, squareB, product] = [0, 0, 0, 0, 0];
  for (let y = top; y < top + 8; y++) {
    for (let x = left; x < left + 8; x++) {
      const [p, q] = [a[y * width + x] ?? 0, b[y * width + x] ?? 0];
      sumA += p;
      sumB += q;
      squareA += p * p;
      squareB += q * q;
      product += p * q;
    }
  }
  const [meanA, meanB] = [sumA / 64, sumB / 64];
  const [varA, varB] = [squareA / 64 - meanA * meanA, squareB / 64 - meanB * meanB];
  const covariance = product / 64 - meanA * meanB;
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  return ((2 * meanA * meanB + c1) * (2 * covariance + c2)) / ((meanA ** 2 + meanB ** 2 + c1) * (varA + varB + c2));
}
