/**
 * Colours in an order in which each is as far as can be from all before it, by the distance that the eye sees (OKLab):
 * the first 8 are .18 apart, 16 are .12 apart, all 24 are .09 apart. All are bright, since each is drawn on a dark edge
 * over photos and carries black text, and none is grey.
 *
 * @see https://bottosson.github.io/posts/oklab/
 */
const palette = [
  '#ff695a',
  '#00ff00',
  '#00c3ff',
  '#ff0fff',
  '#ffe196',
  '#87b44b',
  '#ffa5ff',
  '#2dffe1',
  '#a587ff',
  '#f0a51e',
  '#e1ff00',
  '#f069c3',
  '#a5e178',
  '#00d2b4',
  '#ffa5a5',
  '#00d200',
  '#b4b4ff',
  '#87e1ff',
  '#d28796',
  '#f0d200',
  '#1eff96',
  '#c3ffc3',
  '#c3965a',
  '#e169ff',
] as const;

const colourAt = (i: number): string => palette[i % palette.length] ?? palette[0];

/**
 * Colours for the categories of a dataset, well apart from each other while there are no more than 24. In the order that
 * is given, so that a category keeps its colour when others are added behind it.
 */
export function categoryColours(categories: Iterable<string>): Map<string, string> {
  return new Map(Array.from(new Set(categories), (category, i) => [category, colourAt(i)]));
}

/** The colour of a category of which nothing but the name is known: the same always, maybe that of another category too. */
export function categoryColour(category: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < category.length; i++) hash = Math.imul(hash ^ category.charCodeAt(i), 0x01000193);
  return colourAt(hash >>> 0);
}

/** `#rrggbb` as three numbers. */
export function rgbOf(colour: string): readonly [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
