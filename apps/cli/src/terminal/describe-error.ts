import { isAbortError, isDataVisError } from '@datavis/plugin-sdk';
import type { InputPlace } from '@datavis/plugin-sdk';
import { createColors } from 'picocolors';
import { nextStep } from './next-step.js';

/** `data/a.json, byte 1042 (line 7, column 3), annotations[12]`. */
export function describePlace(place: InputPlace): string {
  const { uri, byteOffset, line, column, section, index } = place;
  const lineColumn = line === undefined ? '' : ` (line ${line}${column === undefined ? '' : `, column ${column}`})`;
  return [
    uri,
    byteOffset === undefined ? undefined : `byte ${byteOffset}${lineColumn}`,
    section === undefined || section === '' ? undefined : `${section}${index === undefined ? '' : `[${index}]`}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** An error as lines for people: what, where, what to do. */
export function describeError(error: unknown, useColors: boolean): string {
  const colors = createColors(useColors);
  if (isAbortError(error)) {
    // An abort that nobody gave words to is a plain Ctrl-C.
    return colors.yellow(
      error instanceof Error && !(error instanceof DOMException) ? error.message : 'Interrupted.',
    );
  }
  const label = colors.red('error:');
  if (!isDataVisError(error)) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${label} ${said}\nThis should not happen. Please report it with the lines above.`;
  }
  const place = error.place === undefined ? '' : describePlace(error.place);
  const lines = [`${label} ${error.message} ${colors.dim(`[${error.code}]`)}`];
  if (place !== '' && place !== error.place?.uri) lines.push(`  at ${place}`);
  else if (place !== '' && !error.message.includes(place)) lines.push(`  at ${place}`);
  lines.push(`  ${colors.cyan(error.hint ?? nextStep(error))}`);
  return lines.join('\n');
}

/** The same for scripts: one JSON object. */
export function errorAsJson(error: unknown): string {
  if (!isDataVisError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return JSON.stringify({ error: { code: isAbortError(error) ? 'ABORTED' : 'INTERNAL', message } });
  }
  const { code, message, hint = nextStep(error), place } = error;
  return JSON.stringify({ error: { code, message, hint, ...(place && { place }) } });
}
