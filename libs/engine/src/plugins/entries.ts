import type { PluginEntry } from '@datavis/plugin-sdk';

function isPair(item: readonly unknown[]): boolean {
  const [, settings] = item;
  return (
    item.length === 2 &&
    typeof settings === 'object' &&
    settings !== null &&
    !Array.isArray(settings) &&
    !('~datavis' in settings)
  );
}

/** A config's list as one flat list: an item is an entry, a pair of entry and settings, or a list of these (a preset). */
export function entriesOf(items: readonly (PluginEntry | readonly PluginEntry[])[]): PluginEntry[] {
  return items.flatMap((item) =>
    Array.isArray(item) && !isPair(item) ? entriesOf(item as readonly PluginEntry[]) : [item as PluginEntry],
  );
}
