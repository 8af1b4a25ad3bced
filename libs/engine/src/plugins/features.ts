import { API_VERSION, HOOKS } from '@datavis/plugin-sdk';

/** API versions this host runs. */
export const SUPPORTED_APIS: readonly number[] = [API_VERSION];

const declarative = [
  'api',
  'capabilities',
  'columns',
  'config',
  'importers',
  'migrations',
  'onFailure',
  'operations',
  'order',
  'reads',
  'requires',
  'rewrites',
  'storage',
];

/** Keys of a plugin definition that this host understands. */
export const KNOWN_FEATURES: ReadonlySet<string> = new Set([...declarative, ...Object.keys(HOOKS)]);

/** Names kept for later versions: the answer to a plugin that uses one says so instead of calling it a mistake. */
export const RESERVED_FEATURES: ReadonlySet<string> = new Set([
  'agentTools',
  'auth',
  'embedders',
  'exporters',
  'jobs',
  'panels',
  'queryTransform',
  'renderers',
  'routes',
  'sqlFunctions',
  'vectorStores',
  'views',
]);

/** Edit distance, stopped early: enough for "did you mean". */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** The known name that a misspelt one probably means. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 4)) + 1;
  for (const candidate of known) {
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** What to write instead of an unknown name: what may be meant, or all there are. */
export function suggestion(name: string, known: readonly string[]): string {
  const close = didYouMean(name, known);
  const alike = known.filter((one) => name.startsWith(one) || one.startsWith(name));
  const meant = close === undefined || alike.length > 1 ? alike : [close];
  if (meant.length === 0) return known.length === 0 ? 'There are none.' : `There are: ${known.join(', ')}.`;
  return `Did you mean ${meant.map((one) => `"${one}"`).join(' or ')}?`;
}
