/** CRC-32C's polynomial, lowest power in the highest bit, as its register has it. */
const POLYNOMIAL = 0x82f63b78;

/** `a * b` modulo the polynomial. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= b;
    b = (b & 1) === 0 ? b >>> 1 : (b >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}

/** `x` to the power of `8 * bytes`, modulo the polynomial: what so many zero bytes do to a register. */
function shift(bytes: number): number {
  let power = 0x80000000; // x^0
  let square = 0x00800000; // x^8
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power;
}

/**
 * CRC-32C of two runs of bytes, one after the other, from those of each: so pieces that come at once are summed as they
 * come, while they are in the processor's cache.
 *
 * @see crc32_combine of zlib, which does the same for another polynomial
 */
export function combineCrc32c(first: number, second: number, secondBytes: number): number {
  return (multiply(shift(secondBytes), first) ^ second) >>> 0;
}
