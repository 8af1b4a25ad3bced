import type { DecodedPixels } from '@datavis/plugin-sdk';
import { escapeXml } from './rasterise.js';

export interface ContactSheetOptions {
  /** Pictures a row. Default 4. */
  readonly columns?: number;
  /** Width of each picture's place, and the most that it is high. Default 256. */
  readonly tilePx?: number;
  /** Space around each picture. Default 6. */
  readonly gapPx?: number;
}

const BACKGROUND = 24;

/** One picture of many: each in the middle of its place, row after row, on dark grey. A row is as high as its tallest picture. */
export function contactSheet(tiles: readonly DecodedPixels[], options: ContactSheetOptions = {}): DecodedPixels {
  const { columns = 4, tilePx = 256, gapPx = 6 } = options;
  const across = Math.max(1, Math.min(columns, tiles.length));
  const step = tilePx + gapPx;
  const widthPx = across * step + gapPx;
  const rows = Array.from({ length: Math.ceil(tiles.length / across) }, (_, row) =>
    tiles.slice(row * across, (row + 1) * across),
  );
  const heights = rows.map((row) => Math.max(...row.map((tile) => tile.heightPx)));
  const heightPx = heights.reduce((sum, height) => sum + height + gapPx, gapPx);
  const data = new Uint8Array(widthPx * heightPx * 3).fill(BACKGROUND);
  let rowTop = gapPx;
  for (const [row, height] of heights.entries()) {
    for (const [column, tile] of (rows[row] ?? []).entries()) {
      const left = gapPx + column * step + Math.floor((tilePx - tile.widthPx) / 2);
      place(data, widthPx, tile, Math.max(0, left), rowTop + Math.floor((height - tile.heightPx) / 2));
    }
    rowTop += height + gapPx;
  }
  return { data, channels: 3, widthPx, heightPx };
}

function place(sheet: Uint8Array, sheetWidth: number, tile: DecodedPixels, left: number, top: number): void {
  const { data, channels, widthPx, heightPx } = tile;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const from = (y * widthPx + x) * channels;
      const alpha = channels === 4 ? (data[from + 3] ?? 255) / 255 : 1;
      const to = ((top + y) * sheetWidth + left + x) * 3;
      for (let c = 0; c < 3; c++)
        sheet[to + c] = Math.round((data[from + c] ?? 0) * alpha + BACKGROUND * (1 - alpha));
    }
  }
}

export interface HtmlTile {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** Shown below the picture, and when it cannot be shown. */
  readonly caption: string;
}

/** One HTML file that holds everything: no script, no link to anything else. */
export function contactSheetHtml(title: string, tiles: readonly HtmlTile[]): string {
  const figures = tiles.map(({ bytes, contentType, caption }) => {
    const text = escapeXml(caption);
    const source = `data:${escapeXml(contentType)};base64,${Buffer.from(bytes).toString('base64')}`;
    return `<figure><img src="${source}" alt="${text}"><figcaption>${text}</figcaption></figure>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escapeXml(title)}</title>
<style>
  body { margin: 1rem; background: #181818; color: #ddd; font: 13px/1.4 system-ui, sans-serif; }
  main { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(256px, 1fr)); }
  figure { margin: 0; text-align: center; }
  img { max-width: 100%; }
  figcaption { overflow-wrap: anywhere; }
</style>
<h1>${escapeXml(title)}</h1>
<main>
${figures.join('\n')}
</main>
</html>
`;
}
