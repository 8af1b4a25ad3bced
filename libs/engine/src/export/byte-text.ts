const encoder = new TextEncoder();
const [ZERO, MINUS, POINT] = [48, 45, 46];
/** Numbers below this are written digit by digit; hundredths of them are integers of 32 bits. */
const MAX_DIRECT = 20_000_000;

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

  numbers(values: ArrayLike<number>): void {
    this.#byte(0x5b);
    for (let at = 0; at < values.length; at++) {
      if (at > 0) this.#byte(0x2c);
      this.number(values[at] ?? 0);
    }
    this.#byte(0x5d);
  }

  /** A finite number, such that reading it gives the same double (also -0). */
  number(value: number): void {
    const hundredths = Math.round(value * 100);
    // The division rounds as reading the decimals does, so equal means the text is exact.
    const isDirect = value < MAX_DIRECT && value > -MAX_DIRECT && hundredths / 100 === value && value !== 0;
    if (isDirect) this.#hundredths(hundredths);
    else this.text(Object.is(value, -0) ? '-0' : String(value));
  }

  /** What was written, in memory of its own; then empty. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #hundredths(signed: number): void {
    this.#reserve(16);
    const bytes = this.#bytes;
    if (signed < 0) bytes[this.#length++] = MINUS;
    const all = signed < 0 ? -signed : signed;
    const whole = (all / 100) | 0;
    const rest = all - whole * 100;
    let digits = 1;
    for (let power = 10; whole >= power; power *= 10) digits++;
    for (let at = this.#length + digits - 1, left = whole; at >= this.#length; at--) {
      const tenth = (left / 10) | 0;
      bytes[at] = ZERO + left - tenth * 10;
      left = tenth;
    }
    this.#length += digits;
    if (rest === 0) return;
    const first = (rest / 10) | 0;
    bytes[this.#length++] = POINT;
    bytes[this.#length++] = ZERO + first;
    if (rest !== first * 10) bytes[this.#length++] = ZERO + rest - first * 10;
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
