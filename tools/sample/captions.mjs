// Two plain sentences about a scene.
const numbers = ['no', 'one', 'two', 'three', 'four', 'five', 'six'];
const plural = { person: 'people', car: 'cars', boat: 'boats', house: 'houses', tree: 'trees', bird: 'birds' };
const places = { meadow: 'a meadow', road: 'a country road', bay: 'a bay' };

function count(name, n) {
  const word = numbers[n] ?? 'many';
  return `${word} ${n === 1 ? name : (plural[name] ?? `${name}s`)}`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

export function captionsOf(scene) {
  const counts = new Map();
  for (const { category, crowd } of scene.things) {
    if (!crowd) counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  const place = `${places[scene.kind]} ${scene.palette.name}`;
  const phrases = [...counts].map(([name, n]) => count(name, n));
  if (scene.things.some(({ crowd }) => crowd)) phrases.push('a flock of birds');
  if (phrases.length === 0) return [`${capital(place)}, with nobody in sight.`, `An empty landscape: ${place}.`];
  const list = phrases.length === 1 ? phrases[0] : `${phrases.slice(0, -1).join(', ')} and ${phrases.at(-1)}`;
  return [`${capital(list)} in ${place}.`, `${capital(place)} with ${phrases.at(-1)}.`];
}
