/** ASCII codes that JSON gives a meaning to. */
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const QUOTE = 34;
export const PLUS = 43;
export const COMMA = 44;
export const MINUS = 45;
export const DOT = 46;
export const ZERO = 48;
export const NINE = 57;
export const COLON = 58;
export const UPPER_E = 69;
export const UPPER_I = 73;
export const OPEN_BRACKET = 91;
export const BACKSLASH = 92;
export const CLOSE_BRACKET = 93;
export const LOWER_E = 101;
export const LOWER_U = 117;
export const OPEN_BRACE = 123;
export const CLOSE_BRACE = 125;

/** 1 for a byte that stands for itself in a string: ASCII without controls, quote and backslash. */
export const PLAIN = Uint8Array.from({ length: 256 }, (_, c) =>
  c >= SPACE && c < 128 && c !== QUOTE && c !== BACKSLASH ? 1 : 0,
);

/** 1 for a letter that may follow a backslash (without `u`). */
export const ESCAPE = Uint8Array.from({ length: 256 }, (_, c) =>
  '"\\/bfnrt'.includes(String.fromCharCode(c)) ? 1 : 0,
);

/** Value of a hexadecimal digit, 255 for any other byte. */
export const HEX = Uint8Array.from({ length: 256 }, (_, c) => {
  const digit = c < 128 ? '0123456789abcdef'.indexOf(String.fromCharCode(c).toLowerCase()) : -1;
  return digit < 0 ? 255 : digit;
});
