// A person: 17 keypoints in COCO's order, and a body around them.
import { capsule, ellipse, place } from './geometry.mjs';

export const keypointNames = [
  'nose',
  'left_eye',
  'right_eye',
  'left_ear',
  'right_ear',
  'left_shoulder',
  'right_shoulder',
  'left_elbow',
  'right_elbow',
  'left_wrist',
  'right_wrist',
  'left_hip',
  'right_hip',
  'left_knee',
  'right_knee',
  'left_ankle',
  'right_ankle',
];

/** Pairs of keypoint numbers, from 1, as in COCO's person_keypoints files. */
export const skeleton = [
  [16, 14],
  [14, 12],
  [17, 15],
  [15, 13],
  [12, 13],
  [6, 12],
  [7, 13],
  [6, 7],
  [6, 8],
  [7, 9],
  [8, 10],
  [9, 11],
  [2, 3],
  [1, 2],
  [1, 3],
  [2, 4],
  [3, 5],
  [4, 6],
  [5, 7],
];

const coats = ['#c8553d', '#2a6f97', '#e9c46a', '#588157', '#7b4b94', '#d96c8a', '#3d405b'];
const skins = ['#8d5524', '#c68642', '#e0ac69', '#f1c27d', '#ffdbac'];

const end = ([x, y], length, angle) => [x + length * Math.sin(angle), y - length * Math.cos(angle)];

/** Joints in body units (1.75 = height), y upwards, facing us: the left hand is on our right. */
function pose(random) {
  const walk = random.between(-0.35, 0.35);
  const wave = random.chance(0.35);
  const leftArm = random.between(0.15, 0.7);
  const rightArm = wave ? random.between(2.2, 2.7) : random.between(0.15, 0.7);
  const shoulders = [
    [0.19, 1.42],
    [-0.19, 1.42],
  ];
  const hips = [
    [0.11, 0.92],
    [-0.11, 0.92],
  ];
  const elbows = [end(shoulders[0], 0.28, leftArm), end(shoulders[1], 0.28, -rightArm)];
  const wrists = [end(elbows[0], 0.26, leftArm + 0.25), end(elbows[1], 0.26, -rightArm - (wave ? 0.4 : -0.2))];
  const knees = [end(hips[0], 0.45, 0.08 + walk), end(hips[1], 0.45, -0.08 - walk)];
  const ankles = [end(knees[0], 0.44, walk * 0.4), end(knees[1], 0.44, -walk * 0.4)];
  const head = [
    [0, 1.6],
    [0.035, 1.635],
    [-0.035, 1.635],
    [0.095, 1.615],
    [-0.095, 1.615],
  ];
  return [...head, ...shoulders, ...elbows, ...wrists, ...hips, ...knees, ...ankles].map(([x, y]) => [
    x,
    Math.max(y, 0.03),
  ]);
}

/** @returns {{ category: string, parts: number[][][], fills: string[], keypoints: number[] }} */
export function drawPerson(random, x, footY, heightPx, width, height) {
  const scale = heightPx / 1.75;
  const joints = pose(random);
  const at = (points) => place(points, x, footY, scale);
  const limb = (a, b, ra, rb) => capsule(...at([joints[a], joints[b]]), ra * scale, (rb ?? ra) * scale);
  const coat = random.pick(coats);
  const trousers = random.pick(['#22333b', '#3d405b', '#4a4e69', '#5e503f']);
  const skin = random.pick(skins);
  const torso = at([
    [-0.23, 1.45],
    [0.23, 1.45],
    [0.17, 0.85],
    [-0.17, 0.85],
  ]);
  const shapes = [
    [limb(11, 13, 0.085, 0.065), trousers],
    [limb(13, 15, 0.065, 0.055), trousers],
    [limb(12, 14, 0.085, 0.065), trousers],
    [limb(14, 16, 0.065, 0.055), trousers],
    [torso, coat],
    [limb(5, 7, 0.06), coat],
    [limb(7, 9, 0.055, 0.045), coat],
    [limb(6, 8, 0.06), coat],
    [limb(8, 10, 0.055, 0.045), coat],
    [ellipse(...at([[0, 1.61]])[0], 0.105 * scale, 0.135 * scale), skin],
  ];
  const keypoints = at(joints).flatMap(([kx, ky]) => {
    const inside = kx >= 0 && ky >= 0 && kx < width && ky < height;
    return inside ? [Math.round(kx), Math.round(ky), 2] : [0, 0, 0];
  });
  return {
    category: 'person',
    parts: shapes.map(([part]) => part),
    fills: shapes.map(([, fill]) => fill),
    keypoints,
  };
}
