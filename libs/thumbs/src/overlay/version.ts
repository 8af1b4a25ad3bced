/** Version of what `drawOverlay` and `contactSheet` draw: raise it when the same annotations begin to give other pixels. */
export const OVERLAY_VERSION = 2;
