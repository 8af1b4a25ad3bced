import type { ImportProgress } from '@datavis/engine';
import { formatCounts } from '../terminal/format.js';
import type { Progress } from '../terminal/progress.js';

const phases = { read: '', link: ', joining', media: '', pictures: '' } as const;

/** An import as a line of progress: bytes of the annotation files, then pictures looked up and shown to plugins. */
export function reportProgress(progress: Progress, state: ImportProgress): void {
  const name = state.uri.slice(state.uri.lastIndexOf('/') + 1);
  const number = state.sources > 1 ? ` (${state.source} of ${state.sources})` : '';
  if (state.media !== undefined) {
    const { images: done, of: total } = state.media;
    const title = state.phase === 'pictures' ? 'Showing pictures to plugins' : 'Looking up pictures';
    progress.update({ title, done, total, unit: 'items' });
    return;
  }
  const read = Object.values(state.read).some((count) => count > 0);
  progress.update({
    title: `${name}${number}${phases[state.phase]}`,
    done: state.bytesRead,
    total: state.bytesTotal ?? undefined,
    unit: 'bytes',
    ...(read && { detail: formatCounts(state.read) }),
  });
}
