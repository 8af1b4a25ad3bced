import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

const require = createRequire(import.meta.url);
let font: Promise<Uint8Array> | undefined;

/** Loads the renderer and its font, once. The font comes along, since servers and containers often have none. */
async function prepare(): Promise<Uint8Array> {
  await initWasm(await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
  return await readFile(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansMono-Bold.ttf'));
}

/** Width of a character of the font, as a part of its size. */
export const CHARACTER_WIDTH = 0.602;

/** Pixels of an SVG of ours: RGBA, colours multiplied by alpha. It never holds markup or links from outside. */
export async function rasterise(svg: string): Promise<Uint8Array> {
  font ??= prepare();
  const fonts = { fontBuffers: [await font], defaultFontFamily: 'DejaVu Sans Mono' };
  const renderer = new Resvg(svg, { font: fonts });
  try {
    const image = renderer.render();
    const pixels = new Uint8Array(image.pixels);
    image.free();
    return pixels;
  } finally {
    renderer.free();
  }
}

export function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  // Control characters are no XML at all.
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f]/g, ' ').replace(/[&<>"']/g, (character) => names[character] ?? '');
}
