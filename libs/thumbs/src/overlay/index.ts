export { categoryColour, categoryColours } from './colours.js';
export { contactSheet, contactSheetHtml } from './contact-sheet.js';
export type { ContactSheetOptions, HtmlTile } from './contact-sheet.js';
export { drawOverlay } from './draw-overlay.js';
export type { OverlayOptions } from './draw-overlay.js';
export type { OverlayMask, OverlayShape } from './types.js';
