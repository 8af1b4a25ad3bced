import type { Terminal } from '../terminal/terminal.js';

/** Whether a person may see what is opened: not on a server, not over SSH without a display. */
export function hasDisplay(
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  if (platform === 'win32' || platform === 'darwin') return env['SSH_CONNECTION'] === undefined;
  return Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']);
}

/** Opens a file with the program that the system has for it. That none is there is no failure. */
export async function openFile(path: string, terminal: Terminal): Promise<void> {
  if (!hasDisplay()) return;
  const { default: open } = await import('open');
  await open(path).catch((error: unknown) => {
    terminal.note(`It could not be opened: ${error instanceof Error ? error.message : String(error)}`);
  });
}
