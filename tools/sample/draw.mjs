// A scene as SVG, and the SVG as JPEG.
import sharp from 'sharp';

const polygon = ({ points, fill }) =>
  `<polygon points="${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}" fill="${fill}"/>`;

function sky({ width, height, horizon, palette, sunAt }) {
  const stops = palette.sky.map((colour, i) => `<stop offset="${i / 2}" stop-color="${colour}"/>`).join('');
  const [x, y, r] = [sunAt[0] * width, sunAt[1] * horizon, height * 0.055];
  return (
    `<defs><linearGradient id="sky" x2="0" y2="1">${stops}</linearGradient>` +
    `<radialGradient id="glow"><stop offset="0" stop-color="${palette.sun}" stop-opacity=".8"/><stop offset="1" stop-color="${palette.sun}" stop-opacity="0"/></radialGradient></defs>` +
    `<rect width="${width}" height="${horizon + 40}" fill="url(#sky)"/>` +
    `<circle cx="${x}" cy="${y}" r="${r * 3.2}" fill="url(#glow)"/><circle cx="${x}" cy="${y}" r="${r}" fill="${palette.sun}"/>`
  );
}

export function toSvg(scene) {
  const { width, height } = scene;
  const things = scene.things.map(
    ({ parts, fills, details = [] }) =>
      parts.map((points, i) => polygon({ points, fill: fills[i] })).join('') + details.map(polygon).join(''),
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    sky(scene) +
    scene.backdrop.map(polygon).join('') +
    things.join('') +
    '</svg>'
  );
}

/**
 * JPEG bytes. `orientation` stores the picture turned and says so by EXIF, as a phone held upright does: 6 means that
 * a viewer has to turn the stored pixels by 90 degrees clockwise.
 */
export async function toJpeg(scene, orientation = 1) {
  const picture = sharp(Buffer.from(toSvg(scene))).flatten({ background: scene.palette.sky[2] });
  if (orientation === 6) picture.rotate(270).withMetadata({ orientation: 6 });
  return picture.jpeg({ quality: 84 }).toBuffer();
}
