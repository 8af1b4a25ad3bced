import clarinet from 'clarinet';
import type { CParser } from 'clarinet';

// CommonJS whose exports Node cannot name: only the default import works outside of a bundler.
const { parser, STATE } = clarinet;

/** What clarinet's parser has beside its declared interface. */
interface ClarinetParser extends CParser {
  state: number;
  bufferCheckPosition: number;
}

/** What a character of a JSON text began or ended. */
export interface TokenEvents {
  /** A value begins with this character. */
  onValueStart(): void;
  /** The value that began last has ended: with this character, or (`before`) before it. */
  onValueEnd(before: boolean): void;
  onKeyStart(): void;
  onKeyEnd(): void;
  onComma(): void;
  onError(message: string): void;
}

const VALUE_STATES = new Set([STATE['VALUE'], STATE['OPEN_ARRAY'], STATE['BEGIN']]);
const KEY_STATES = new Set([STATE['OPEN_OBJECT'], STATE['OPEN_KEY']]);
const BLANK = /[ \t\r\n]/;

/**
 * clarinet, one character at a time: so the place of every token is known, which clarinet's own `position`, `line` and
 * `column` are not to be trusted with (they miss the rest of strings).
 *
 * clarinet 0.12.6 is not strict: it accepts leading zeros, `1.`, `-true`, unknown escapes, raw control characters, `{"a"}`
 * and a second root, stops at a NUL, and refuses strings above 64 KiB. So NUL is refused here, the buffer check is off,
 * and callers run JSON.parse on each record.
 */
export class ClarinetTokens {
  readonly #parser: ClarinetParser;
  readonly #events: TokenEvents;
  /** Open values, innermost last: true for an object. */
  readonly #open: boolean[] = [];
  #inNumber = false;
  #inKey = false;
  #literalEnded = false;
  #numberEnded = false;
  #failed = false;

  constructor(events: TokenEvents) {
    this.#events = events;
    this.#parser = parser() as ClarinetParser;
    this.#parser.bufferCheckPosition = Infinity;
    this.#parser.onvalue = (value: unknown) => {
      if (this.#inNumber) this.#numberEnded = true;
      else if (typeof value !== 'string') this.#literalEnded = true;
    };
    this.#parser.onerror = (error) => {
      if (this.#failed) return;
      this.#failed = true;
      events.onError(error.message.split('\n')[0] ?? '');
    };
  }

  /** Values that are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Whether the next character other than a blank begins a value. */
  get expectsValue(): boolean {
    return VALUE_STATES.has(this.#parser.state) && !this.#inNumber;
  }

  write(char: string): void {
    const before = this.#parser.state;
    const inString = before === STATE['STRING'];
    if (!inString && !this.#inNumber && !BLANK.test(char)) this.#announce(char, before);
    this.#parser.write(char);
    if (this.#failed) return;
    if (inString) {
      if (this.#parser.state === before) return;
      if (this.#inKey) this.#events.onKeyEnd();
      else this.#events.onValueEnd(false);
      this.#inKey = false;
      return;
    }
    if (this.#numberEnded) {
      this.#inNumber = this.#numberEnded = false;
      this.#events.onValueEnd(true);
      this.#structure(char);
    } else if (this.#literalEnded) {
      this.#literalEnded = false;
      this.#events.onValueEnd(false);
    } else if (!this.#inNumber) this.#structure(char);
  }

  #announce(char: string, state: number): void {
    if (VALUE_STATES.has(state) && char !== ']') {
      this.#events.onValueStart();
      this.#inNumber = char === '-' || (char >= '0' && char <= '9');
    } else if (KEY_STATES.has(state) && char === '"') {
      this.#inKey = true;
      this.#events.onKeyStart();
    }
  }

  #structure(char: string): void {
    if (char === '{' || char === '[') this.#open.push(char === '{');
    else if (char === '}' || char === ']') {
      if (this.#open.pop() !== (char === '}')) this.#events.onError('brackets do not match');
      else this.#events.onValueEnd(false);
    } else if (char === ',') this.#events.onComma();
  }
}
