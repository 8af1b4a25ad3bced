/** Twenty colours that differ from each other on photos; all are bright, since each is drawn on a dark edge. */
const palette = [
  '#ff4b4b',
  '#35d0ff',
  '#ffd23f',
  '#5bea5b',
  '#ff7be5',
  '#ff9933',
  '#7c9bff',
  '#b8f23b',
  '#c58bff',
  '#2fe0b5',
  '#ff8a80',
  '#9be7ff',
  '#fff07c',
  '#a5ff9e',
  '#ffb3f0',
  '#ffc27a',
  '#b9c7ff',
  '#e3ff8f',
  '#e2c2ff',
  '#9affe4',
] as const;

/** The colour of a category: the same in every picture and every run. */
export function categoryColour(category: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < category.length; i++) hash = Math.imul(hash ^ category.charCodeAt(i), 0x01000193);
  return palette[(hash >>> 0) % palette.length] ?? palette[0];
}

/** `#rrggbb` as three numbers. */
export function rgbOf(colour: string): readonly [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
