/**
 * URL of the module that a reading thread opens local files with. This module and that one lie at the root of the
 * package's code, where its one file lies when it is built: so the name leads to it from both.
 */
export const OPEN_IN_THREAD = new URL('./open-in-thread.js', import.meta.url).href;
