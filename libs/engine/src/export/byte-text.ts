const encoder = new TextEncoder();
const [ZERO, MINUS] = [48, 45];
/** Numbers below this are written digit by digit; hundredths of them are integers of 32 bits. */
const MAX_DIRECT = 20_000_000;
/** The comma before it, a sign, eight digits, a point, two decimals, and what does not count. */
const MAX_DIRECT_BYTES = 16;

/**
 * JSON text in bytes. Coordinates are most of a COCO file and nearly all have two decimals at the most, so these are
 * written without a string in between.
 */
export class ByteText {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  text(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** Lists as JSON; `undefined` numbers do not occur. */
  lists(lists: ArrayLike<ArrayLike<number>>): void {
    this.#byte(0x5b);
    for (let at = 0; at < lists.length; at++) {
      if (at > 0) this.#byte(0x2c);
      this.numbers(lists[at] ?? []);
    }
    this.#byte(0x5d);
  }

  /** Nearly all that is written, so the place is kept in a variable, and room is made once for all. */
  numbers(values: ArrayLike<number>): void {
    const count = values.length;
    this.#byte(0x5b);
    this.#reserve(count * MAX_DIRECT_BYTES);
    let bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < count; index++) {
      if (index > 0) bytes[at++] = 0x2c;
      const value = values[index] ?? 0;
      const hundredths = Math.round(value * 100);
      if (isDirect(value, hundredths)) {
        at = writeHundredths(bytes, at, hundredths);
      } else {
        this.#length = at;
        this.#indirect(value);
        this.#reserve((count - index) * MAX_DIRECT_BYTES);
        bytes = this.#bytes;
        at = this.#length;
      }
    }
    this.#length = at;
    this.#byte(0x5d);
  }

  /** A finite number, such that reading it gives the same double (also -0). */
  number(value: number): void {
    const hundredths = Math.round(value * 100);
    if (!isDirect(value, hundredths)) {
      this.#indirect(value);
      return;
    }
    this.#reserve(MAX_DIRECT_BYTES);
    this.#length = writeHundredths(this.#bytes, this.#length, hundredths);
  }

  /** What was written, in memory of its own; then empty. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #indirect(value: number): void {
    this.text(Object.is(value, -0) ? '-0' : String(value));
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** The division rounds as reading the decimals does, so equal means the text is exact. */
function isDirect(value: number, hundredths: number): boolean {
  return value < MAX_DIRECT && value > -MAX_DIRECT && hundredths / 100 === value && value !== 0;
}

/** Three bytes of text at the most, and above them their number. */
function packed(text: string): number {
  return [...encoder.encode(text)].reduce((word, byte, at) => word | (byte << (8 * at)), text.length << 24);
}

/** Whole numbers of up to three digits, and what follows them for so many hundredths: to look both up takes no branches. */
const SMALL = Uint32Array.from({ length: 1000 }, (_, whole) => packed(String(whole)));
const REST = Uint32Array.from({ length: 100 }, (_, rest) => packed((rest / 100).toString().slice(1)));

/** Writes hundredths as a decimal, and up to three bytes that do not count behind it; returns the place behind it. */
function writeHundredths(bytes: Uint8Array, start: number, signed: number): number {
  let at = start;
  if (signed < 0) bytes[at++] = MINUS;
  const all = signed < 0 ? -signed : signed;
  const whole = (all / 100) | 0;
  at = whole < 1000 ? writePacked(bytes, at, SMALL[whole] ?? 0) : writeWhole(bytes, at, whole);
  return writePacked(bytes, at, REST[(all - whole * 100) | 0] ?? 0);
}

function writePacked(bytes: Uint8Array, at: number, word: number): number {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  return at + (word >>> 24);
}

function writeWhole(bytes: Uint8Array, start: number, whole: number): number {
  let digits = 1;
  for (let power = 10; whole >= power; power *= 10) digits++;
  for (let at = start + digits - 1, left = whole; at >= start; at--) {
    const tenth = (left / 10) | 0;
    bytes[at] = ZERO + left - tenth * 10;
    left = tenth;
  }
  return start + digits;
}
