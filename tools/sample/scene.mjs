// One picture: a place, a time of day, and what is in it, drawn from far to near.
import { clip } from './geometry.mjs';
import { palettes } from './palettes.mjs';
import { drawPerson } from './person.mjs';
import { drawBalloon, drawBird, drawBoat, drawCar, drawHouse, drawTree } from './things.mjs';

const sizes = [
  [640, 480],
  [640, 427],
  [480, 640],
  [640, 360],
  [500, 375],
];

/** A soft line of hills from left to right, closed at the bottom. */
function ridge(random, width, height, base, swing) {
  const [a, b, c] = [random.between(0.6, 1.6), random.between(2, 4), random.between(0, 6)];
  const line = Array.from({ length: 41 }, (_, i) => {
    const t = i / 40;
    return [t * width, base - swing * (Math.sin(t * a * 3 + c) + 0.4 * Math.sin(t * b * 5 + c * 2))];
  });
  return [...line, [width, height], [0, height]];
}

function fill(random, count, draw) {
  return Array.from({ length: count }, () => draw(random));
}

/** Things of a meadow with houses, a road with cars, or a bay with boats. Sorted by where they stand: near covers far. */
function populate(random, kind, width, height, horizon, palette) {
  const ground = (low, high) => horizon + (height - horizon) * random.between(low, high);
  const standing = [];
  const stand = (draw, count, low, high, size) => {
    for (let i = 0; i < count; i++) {
      const footY = ground(low, high);
      const scale = size * (0.35 + (0.9 * (footY - horizon)) / (height - horizon));
      standing.push({ footY, item: draw(random.between(0.06, 0.94) * width, footY, scale) });
    }
  };
  if (kind === 'bay') stand((x, y, s) => drawBoat(random, x, y, s), random.whole(2, 4), 0.06, 0.5, height * 0.24);
  else stand((x, y, s) => drawHouse(random, x, y, s, palette), random.whole(1, 3), 0.02, 0.35, height * 0.34);
  if (kind === 'road') stand((x, y, s) => drawCar(random, x, y, s), random.whole(1, 3), 0.5, 0.8, height * 0.17);
  if (kind !== 'bay') stand((x, y, s) => drawTree(random, x, y, s), random.whole(2, 5), 0.05, 0.6, height * 0.3);
  const people = kind === 'bay' ? random.whole(0, 2) : random.whole(1, 4);
  stand((x, y, s) => drawPerson(random, x, y, s, width, height), people, 0.72, 0.97, height * 0.36);
  standing.sort((a, b) => a.footY - b.footY);
  const sky = [
    ...fill(random, random.whole(0, 2), () =>
      drawBalloon(
        random,
        random.between(0.1, 0.9) * width,
        random.between(0.3, 0.85) * horizon,
        height * random.between(0.12, 0.26),
      ),
    ),
    ...fill(random, random.whole(0, 4), () =>
      drawBird(
        random,
        random.between(0.05, 0.95) * width,
        random.between(0.1, 0.8) * horizon,
        height * random.between(0.02, 0.05),
      ),
    ),
  ];
  return [...sky, ...standing.map(({ item }) => item)];
}

/** A flock: many small birds that are annotated as one crowd. */
function flock(random, width, horizon) {
  const [cx, cy] = [random.between(0.3, 0.7) * width, random.between(0.25, 0.5) * horizon];
  const birds = fill(random, random.whole(14, 24), () =>
    drawBird(random, cx + random.between(-90, 90), cy + random.between(-35, 35), random.between(6, 11)),
  );
  return {
    category: 'bird',
    crowd: true,
    parts: birds.flatMap((b) => b.parts),
    fills: birds.flatMap((b) => b.fills),
  };
}

/**
 * @returns {{ width: number, height: number, kind: string, palette: object, horizon: number, backdrop: object[], things: object[] }}
 */
export function createScene(random, options = {}) {
  const [width, height] = options.size ?? random.pick(sizes);
  const palette = random.pick(palettes);
  const kind = random.pick(['meadow', 'road', 'bay']);
  const horizon = height * random.between(0.45, 0.6);
  const backdrop = [
    { points: ridge(random, width, height, horizon - height * 0.04, height * 0.07), fill: palette.far },
    kind === 'bay'
      ? { points: ridge(random, width, height, horizon, 0), fill: palette.water }
      : { points: ridge(random, width, height, horizon + height * 0.03, height * 0.025), fill: palette.near[0] },
    {
      points: ridge(random, width, height, height * (kind === 'bay' ? 0.86 : 0.76), height * 0.02),
      fill: palette.near[1],
    },
  ];
  if (kind === 'road') {
    const y = horizon + (height - horizon) * 0.5;
    backdrop.push({
      points: [
        [0, y],
        [width, y],
        [width, y + height * 0.13],
        [0, y + height * 0.13],
      ],
      fill: '#55565a',
    });
  }
  const things = options.empty ? [] : populate(random, kind, width, height, horizon, palette);
  if (options.flock) things.unshift(flock(random, width, horizon));
  const visible = things.flatMap((item) => {
    const parts = item.parts.map((part) => clip(part, width, height)).filter((part) => part.length >= 3);
    return parts.length > 0 ? [{ ...item, visibleParts: parts }] : [];
  });
  return {
    width,
    height,
    kind,
    palette,
    horizon,
    sunAt: [random.between(0.12, 0.88), random.between(0.12, 0.55)],
    backdrop,
    things: visible,
  };
}
