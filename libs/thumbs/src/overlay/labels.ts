import { CHARACTER_WIDTH, escapeXml } from './rasterise.js';

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const FONT_PX = 11;
const HEIGHT_PX = 14;
const PADDING_PX = 3;

/** Places labels one after the other, each where it covers none of those before it; where there is no such place, none. */
export class LabelLayer {
  readonly #placed: Rectangle[] = [];
  readonly #texts = new Set<string>();
  readonly #width: number;
  readonly #height: number;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
  }

  /** SVG of a label at the box it belongs to, in pixels of the thumbnail; nothing where it would be wider than the picture. */
  label(text: string, colour: string, box: Rectangle): string {
    const fits = Math.floor((this.#width - 2 * PADDING_PX) / (FONT_PX * CHARACTER_WIDTH));
    if (text === '' || fits < 2) return '';
    const shown = text.length <= fits ? text : `${text.slice(0, fits - 1)}\u2026`;
    const width = shown.length * FONT_PX * CHARACTER_WIDTH + 2 * PADDING_PX;
    const free = this.#freePlace(width, box);
    // The colour says it where there is no room: a label that covers another, or a small object, says less than none.
    if (free === undefined || (box.width < width && this.#texts.has(shown))) return '';
    this.#placed.push(free);
    this.#texts.add(shown);
    const { x, y } = free;
    return (
      `<rect x="${x}" y="${y}" width="${width}" height="${HEIGHT_PX}" rx="2" fill="${colour}" stroke="#000" stroke-opacity=".55"/>` +
      `<text x="${x + PADDING_PX}" y="${y + FONT_PX}" font-family="DejaVu Sans Mono" font-size="${FONT_PX}" font-weight="bold" fill="#000">${escapeXml(shown)}</text>`
    );
  }

  #freePlace(width: number, box: Rectangle): Rectangle | undefined {
    const [bottom, right] = [box.y + box.height, box.x + box.width];
    // At its corners; where others have those, up to two lines further off, or beside it.
    const near = [box.y - HEIGHT_PX, box.y, bottom, bottom - HEIGHT_PX];
    const far = [1, 2].flatMap((lines) => [box.y - (1 + lines) * HEIGHT_PX, bottom + lines * HEIGHT_PX]);
    const tops = [...near, ...far];
    const lefts = [box.x, right - width, box.x - width, right];
    const places = tops.flatMap((y) => lefts.map((x) => this.#inside(x, y, width)));
    return places.find((place) => !this.#placed.some((other) => overlap(place, other)));
  }

  #inside(x: number, y: number, width: number): Rectangle {
    const clamp = (value: number, max: number): number => Math.max(1, Math.min(max - 1, Math.round(value)));
    return { x: clamp(x, this.#width - width), y: clamp(y, this.#height - HEIGHT_PX), width, height: HEIGHT_PX };
  }
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
