/* eslint-disable @typescript-eslint/no-non-null-assertion -- the weights never reach beyond the plane, and a check a
   sample costs a tenth of the time */

/** One channel of a picture: sample (x, y) lies at `offset + (y x stride + x) x step`. */
export interface Plane {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly stride: number;
  /** 1 for a plane of its own, 4 for a channel of RGBA. */
  readonly step: number;
  readonly offset?: number;
  /** Size of the picture in samples; need not be whole, when the plane was shrunk by its decoder. */
  readonly width: number;
  readonly height: number;
}

interface Weights {
  /** First sample for each output sample. */
  readonly from: Int32Array;
  readonly taps: number;
  /** `taps` weights an output sample, which add up to 1. */
  readonly values: Float32Array;
}

/**
 * Brings a plane to a size, with a kernel as wide as the change of size asks for. Rows first, so that the second pass
 * works on what is left.
 */
export function resample(
  plane: Plane,
  width: number,
  height: number,
  kernel: keyof typeof kernels = 'sharp',
): Uint8ClampedArray {
  const columns = weightsFor(plane.width, width, kernels[kernel]);
  const rows = weightsFor(plane.height, height, kernels[kernel]);
  const narrow = shrinkRows(plane, columns, width);
  return shrinkColumns(narrow, rows, width, height);
}

function shrinkRows(plane: Plane, { from, taps, values }: Weights, width: number): Float32Array {
  const { data, stride, step, offset = 0 } = plane;
  const high = Math.ceil(plane.height);
  const out = new Float32Array(width * high);
  for (let y = 0; y < high; y++) {
    const row = offset + y * stride * step;
    for (let x = 0, w = 0; x < width; x++) {
      let at = row + from[x]! * step;
      let sum = 0;
      for (const end = w + taps; w < end; w++, at += step) sum += values[w]! * data[at]!;
      out[y * width + x] = sum;
    }
  }
  return out;
}

function shrinkColumns(
  narrow: Float32Array,
  { from, taps, values }: Weights,
  width: number,
  height: number,
): Uint8ClampedArray {
  const out = new Uint8ClampedArray(width * height);
  const line = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    line.fill(0);
    for (let tap = 0; tap < taps; tap++) {
      const weight = values[y * taps + tap]!;
      if (weight === 0) continue;
      const row = (from[y]! + tap) * width;
      for (let x = 0; x < width; x++) line[x]! += weight * narrow[row + x]!;
    }
    out.set(line, y * width);
  }
  return out;
}

/** Weight by distance, in units of the larger of the two sample spacings, up to `radius`. */
interface Kernel {
  readonly radius: number;
  weight(distance: number): number;
}

/**
 * `sharp` is Lanczos3, as sharp has it: what Catmull-Rom saves in taps, its softer pixels lose again in the compression,
 * which takes 2 of 100 steps of quality to make up for. `soft` is linear, for what the eye sees less of: colour planes.
 */
const kernels: Readonly<Record<'sharp' | 'soft', Kernel>> = {
  sharp: { radius: 3, weight: (d) => (d < 3 ? sinc(d) * sinc(d / 3) : 0) },
  soft: { radius: 1, weight: (d) => Math.max(0, 1 - d) },
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function weightsFor(size: number, outSize: number, kernel: Kernel): Weights {
  const samples = Math.ceil(size);
  const scale = size / outSize;
  const reach = Math.max(1, scale);
  const taps = Math.min(samples, Math.ceil(2 * kernel.radius * reach) + 1);
  const from = new Int32Array(outSize);
  const values = new Float32Array(outSize * taps);
  for (let i = 0; i < outSize; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.min(samples - taps, Math.ceil(centre - kernel.radius * reach)));
    from[i] = first;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++)
      sum += values[i * taps + tap] = kernel.weight(Math.abs(first + tap - centre) / reach);
    for (let tap = 0; tap < taps; tap++) values[i * taps + tap]! /= sum;
  }
  return { from, taps, values };
}
