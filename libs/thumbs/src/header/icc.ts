const ICC_MARKER = Buffer.from('ICC_PROFILE\0', 'latin1');
const SRGB_LATIN1 = Buffer.from('sRGB', 'latin1');
const SRGB_UTF16 = Buffer.from('\0s\0R\0G\0B', 'latin1');
/** Profiles larger than this are not looked into: no sRGB profile is. */
const MAX_PROFILE_BYTES = 8192;

/**
 * Whether the colour profile of a JPEG is sRGB by its own description, so that a conversion to sRGB changes nothing.
 * False where there is no profile.
 */
export function hasSrgbProfile(jpeg: Uint8Array): boolean {
  const head = Buffer.from(jpeg.buffer, jpeg.byteOffset, Math.min(jpeg.length, 65_536));
  const start = head.indexOf(ICC_MARKER);
  if (start < 0) return false;
  const profile = head.subarray(start, start + MAX_PROFILE_BYTES);
  return profile.includes(SRGB_LATIN1) || profile.includes(SRGB_UTF16);
}
