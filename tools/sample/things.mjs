// Things that stand, drive, sail and fly: each a list of polygons in the thing's own units with their colours. What is
// drawn is what is annotated, so the masks are exact.
import { ellipse, place, rectangle } from './geometry.mjs';

/** Shapes in own units (y upwards from the foot) to a thing in the picture. `outline` counts for the mask, details do not. */
function thing(category, outline, details, x, footY, scale) {
  const put = ([points, fill]) => ({ points: place(points, x, footY, scale), fill });
  const body = outline.map(put);
  return {
    category,
    parts: body.map(({ points }) => points),
    fills: body.map(({ fill }) => fill),
    details: details.map(put),
  };
}

export function drawHouse(random, x, footY, scale, palette) {
  const wall = random.pick(['#b5443a', '#e3c9a0', '#d9d6cf', '#8a9a5b', '#c97b4a', '#6a8caf']);
  const wide = random.between(0.9, 1.4);
  const outline = [
    [rectangle(-wide / 2, 0, wide, 0.75), wall],
    [
      [
        [-wide / 2 - 0.1, 0.74],
        [0, random.between(1.2, 1.45)],
        [wide / 2 + 0.1, 0.74],
      ],
      '#4b3832',
    ],
  ];
  const windows = [-0.3, 0.12].map((at) => [rectangle(at * wide, 0.34, 0.2, 0.2), palette.light]);
  const door = [rectangle(-0.07, 0, 0.15, 0.32), '#3b2a20'];
  return thing('house', outline, [...windows, door], x, footY, scale);
}

export function drawTree(random, x, footY, scale) {
  const green = random.pick(['#2f6b3a', '#3f7d4b', '#55803c', '#2c5f4f', '#a6622d']);
  const conifer = random.chance(0.45);
  const crown = conifer
    ? [0, 1, 2].map((i) => [
        [
          [-0.42 + i * 0.09, 0.3 + i * 0.35],
          [0, 0.95 + i * 0.32],
          [0.42 - i * 0.09, 0.3 + i * 0.35],
        ],
        green,
      ])
    : [
        [ellipse(0, 0.95, 0.42, 0.38), green],
        [ellipse(-0.22, 0.78, 0.3, 0.27), green],
        [ellipse(0.24, 0.8, 0.28, 0.26), green],
      ];
  return thing('tree', [[rectangle(-0.06, 0, 0.12, 0.6), '#5b4331'], ...crown], [], x, footY, scale);
}

export function drawCar(random, x, footY, scale) {
  const paint = random.pick(['#d1495b', '#edae49', '#00798c', '#e5e5e5', '#30638e', '#2d2a32']);
  const body = [
    [-0.9, 0.16],
    [-0.92, 0.42],
    [-0.6, 0.5],
    [-0.35, 0.78],
    [0.32, 0.78],
    [0.6, 0.5],
    [0.92, 0.44],
    [0.92, 0.16],
  ];
  const outline = [
    [body, paint],
    [ellipse(-0.52, 0.16, 0.16), '#1c1c1c'],
    [ellipse(0.52, 0.16, 0.16), '#1c1c1c'],
  ];
  const details = [
    [
      [
        [-0.5, 0.5],
        [-0.31, 0.72],
        [-0.04, 0.72],
        [-0.04, 0.5],
      ],
      '#cfe8f3',
    ],
    [
      [
        [0.04, 0.5],
        [0.04, 0.72],
        [0.28, 0.72],
        [0.49, 0.5],
      ],
      '#cfe8f3',
    ],
    [ellipse(-0.52, 0.16, 0.07), '#b8b8b8'],
    [ellipse(0.52, 0.16, 0.07), '#b8b8b8'],
  ];
  return thing('car', outline, details, x, footY, scale);
}

export function drawBoat(random, x, footY, scale) {
  const sail = random.pick(['#fefae0', '#e07a5f', '#f2cc8f', '#f4f1de']);
  const outline = [
    [
      [
        [-0.6, 0.2],
        [0.62, 0.2],
        [0.42, -0.04],
        [-0.42, -0.04],
      ],
      random.pick(['#6b4226', '#2f4858', '#8c2f39']),
    ],
    [rectangle(-0.02, 0.2, 0.04, 1.1), '#4a3728'],
    [
      [
        [0.04, 0.3],
        [0.04, 1.28],
        [0.56, 0.34],
      ],
      sail,
    ],
    [
      [
        [-0.06, 0.34],
        [-0.06, 1.16],
        [-0.44, 0.36],
      ],
      sail,
    ],
  ];
  return thing('boat', outline, [], x, footY, scale);
}

export function drawBalloon(random, x, footY, scale) {
  const [light, dark] = random.pick([
    ['#ffb703', '#d62828'],
    ['#8ecae6', '#023047'],
    ['#f4a4c0', '#7b2d5b'],
    ['#b7e4c7', '#2d6a4f'],
  ]);
  const envelope = ellipse(0, 0.95, 0.48, 0.52, 40);
  const outline = [
    [
      [
        [-0.3, 0.58],
        [0.3, 0.58],
        [0.1, 0.2],
        [-0.1, 0.2],
      ],
      dark,
    ],
    [envelope, light],
    [rectangle(-0.09, 0, 0.18, 0.16), '#7f5539'],
    [rectangle(-0.085, 0.15, 0.02, 0.08), '#7f5539'],
    [rectangle(0.065, 0.15, 0.02, 0.08), '#7f5539'],
  ];
  const details = [-0.26, 0.26].map((at) => [ellipse(at, 0.95, 0.11, 0.46, 24), dark]);
  return thing('hot-air balloon', outline, details, x, footY, scale);
}

export function drawBird(random, x, footY, scale) {
  const lift = random.between(0.15, 0.5);
  const wing = (side) => [
    [0, 0.1],
    [side * 0.5, 0.1 + lift],
    [side * 1, lift * 0.55],
    [side * 0.5, lift * 0.75 + 0.02],
  ];
  const outline = [
    [wing(-1), '#20242b'],
    [wing(1), '#20242b'],
    [ellipse(0, 0.08, 0.16, 0.09, 16), '#20242b'],
  ];
  return thing('bird', outline, [], x, footY, scale);
}
