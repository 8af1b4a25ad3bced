/**
 * URLs of the modules that a reading thread loads: to open local files, and to watch plugins beside that. They and this one
 * lie at the root of the package's code, where its one file lies when it is built: so the names lead to them from both.
 */
export const OPEN_IN_THREAD = new URL('./open-in-thread.js', import.meta.url).href;
export const WATCH_IN_THREAD = new URL('./watch-in-thread.js', import.meta.url).href;
